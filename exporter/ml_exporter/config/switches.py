"""The sections ``switches`` and ``models[].switches``: what of watching is done at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ml_exporter.config.base import Section

Switch = Literal["automated_evaluation", "degradation_detection", "anomaly_detection", "predictive_alerting"]

SWITCHES: tuple[Switch, ...] = (
    "automated_evaluation",
    "degradation_detection",
    "anomaly_detection",
    "predictive_alerting",
)


class SwitchSettings(Section):
    """What of watching is done at all. What is switched off is neither computed nor alerted on."""

    automated_evaluation: bool | None = None
    """Whether quality is judged against objectives: without it a model's objectives of latency and errors are left.
    Default: what `strategy` says; without one, yes."""

    degradation_detection: bool | None = None
    """Whether metrics are compared with their baselines. Default: what `strategy` says; without one, yes."""

    anomaly_detection: bool | None = None
    """Whether each version is scored by how unusual it is as a whole, and told of. Default: what `strategy` says;
    without one it is scored, and told of where `alerting.alerts` enables MLModelUnusual."""

    predictive_alerting: bool | None = None
    """Whether trends are followed, and objectives told of that will be missed. Default: what `strategy` says; without
    one, yes."""

    def get(self, switch: Switch) -> bool | None:
        """Return how a switch stands; ``None``: nothing is said of it."""
        found: bool | None = getattr(self, switch)
        return found


@dataclass(frozen=True)
class Decided:
    """How a switch stands for one model, and who says so."""

    on: bool | None
    """``None``: nobody says anything."""

    origin: Literal["model", "file", "strategy", "default"]

    @property
    def written(self) -> bool:
        """Tell whether it stands in the file, not in a strategy."""
        return self.origin in ("model", "file")


def decided(
    switch: Switch, own: SwitchSettings, whole: SwitchSettings, strategy: Mapping[Switch, bool] | None
) -> Decided:
    """Return how a switch stands for a model.

    Args:
        switch: which one.
        own: what is said of the model.
        whole: what is said of all.
        strategy: what its strategy says; ``None``: it has none.
    """
    if (on := own.get(switch)) is not None:
        return Decided(on, "model")
    if (on := whole.get(switch)) is not None:
        return Decided(on, "file")
    return Decided(None, "default") if strategy is None else Decided(strategy[switch], "strategy")
