"""Outcome tallies of business: revenue, and what wrong decisions cost."""

import numpy as np

from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies.kind import Contributions, Tally

_PREDICTED = 0
"""The column of a payload, in either task, that holds the predicted class's code."""


def _revenue(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    valued = ~np.isnan(outcomes.value)
    value = outcomes.value[valued]
    revenue = value * outcomes.actual[valued, 0]
    predicted = value * outcomes.payload[valued, _PREDICTED]
    columns = (np.ones_like(value), revenue, predicted, revenue**2, predicted**2, revenue * predicted)
    return Contributions(valued, np.zeros(len(value), dtype=np.int64), np.column_stack(columns))


def _cost(outcomes: Outcomes, model: ModelSettings) -> Contributions:
    matrix = model.costs
    cells = (outcomes.actual[:, 0].astype(np.intp), outcomes.payload[:, _PREDICTED].astype(np.intp))
    share = matrix.of_value[cells]
    cost = matrix.constant[cells] + np.where(share == 0, 0.0, share * outcomes.value)
    known = ~np.isnan(cost)
    cost = cost[known]
    return Contributions(
        known, np.zeros(len(cost), dtype=np.int64), np.column_stack([np.ones_like(cost), cost, cost**2])
    )


def _unvalued(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    missing = np.isnan(outcomes.value)
    rows = int(missing.sum())
    return Contributions(missing, np.zeros(rows, dtype=np.int64), np.ones((rows, 1)))


TALLIES = (
    Tally(
        name="revenue",
        source="outcomes",
        columns=("count", "actual", "predicted", "actual_squared", "predicted_squared", "product"),
        contribute=_revenue,
        tasks=frozenset({"binary"}),
        needs=frozenset({"revenue"}),
    ),
    Tally(
        name="cost",
        source="outcomes",
        columns=("count", "cost", "cost_squared"),
        contribute=_cost,
        tasks=frozenset({"binary", "multiclass"}),
        needs=frozenset({"costs"}),
    ),
    Tally(
        name="unvalued",
        source="outcomes",
        columns=("count",),
        contribute=_unvalued,
        needs=frozenset({"value"}),
        sliced=False,
        windowed=False,
        lifetime=True,
    ),
)
