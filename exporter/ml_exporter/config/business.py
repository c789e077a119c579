"""The section ``models[].business``: what a model's decisions are worth, so that a business owner sees money."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ml_exporter.config.base import Section

Cost = float | Literal["value"]
"""Money per prediction, or the whole value at stake."""

BINARY_OUTCOMES = {
    "true_negative": (0, 0),
    "false_positive": (0, 1),
    "false_negative": (1, 0),
    "true_positive": (1, 1),
}
"""Outcome of a binary model to the codes of its actual and its predicted class."""


@dataclass(frozen=True)
class CostMatrix:
    """What each outcome costs: ``constant`` plus ``of_value`` times the value at stake, (actual, predicted) each."""

    constant: NDArray[np.float64]
    of_value: NDArray[np.float64]


class BusinessSettings(Section):
    """What a model's decisions are worth."""

    conversion: bool = False
    """Binary: whether the positive class is a conversion (a sale, a click): its rates are exported."""

    value: str | None = None
    """Binary: the prediction's feature that holds the money at stake. A label's `value` takes precedence."""

    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    """The money's currency as ISO 4217 has it: `EUR`."""

    costs: dict[str, Cost | dict[str, float]] = {}
    """What outcomes cost in that currency. Binary: `{false_positive: 5, false_negative: value}`, where `value` is the
    money at stake; multiclass: actual class to predicted class to cost. What is not named costs nothing; a gain is a
    negative cost."""

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> Self:
        if (self.value is not None or self.costs) and self.currency is None:
            raise ValueError("currency: is missing; say what money `value` and `costs` speak of, as in currency: EUR")
        if self.currency is not None and not (self.conversion or self.value is not None or self.costs):
            raise ValueError("currency: stands alone; add value, costs, or conversion, or remove it")
        return self

    def cost_matrix(self, task: str, class_names: Sequence[str]) -> CostMatrix:
        """Return what each outcome costs.

        Args:
            task: of the model.
            class_names: in the order of their codes.

        Raises:
            ValueError: the costs do not fit the task; the message says where and what to write.
        """
        constant = np.zeros((len(class_names), len(class_names)))
        of_value = np.zeros_like(constant)
        for name, cost in self.costs.items():
            if task == "binary":
                if name not in BINARY_OUTCOMES or isinstance(cost, dict):
                    raise ValueError(f"costs: {name!r} is no outcome; choose from {', '.join(BINARY_OUTCOMES)}")
                place = BINARY_OUTCOMES[name]
                constant[place], of_value[place] = (0.0, 1.0) if cost == "value" else (cost, 0.0)
            else:
                _fill_row(constant, name, cost, class_names)
        return CostMatrix(constant, of_value)


def _fill_row(
    constant: NDArray[np.float64], actual: str, costs: Cost | dict[str, float], class_names: Sequence[str]
) -> None:
    if not isinstance(costs, dict):
        raise ValueError(f"costs.{actual}: is no mapping; write actual class to predicted class to cost")
    for name in (actual, *costs):
        if name not in class_names:
            raise ValueError(f"costs: {name!r} is no class of the model; choose from {', '.join(class_names)}")
    for predicted, cost in costs.items():
        constant[class_names.index(actual), class_names.index(predicted)] = cost
