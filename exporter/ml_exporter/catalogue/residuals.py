"""How prediction minus actual value is distributed."""

from collections.abc import Iterable

import numpy as np

from ml_exporter.catalogue.definition import Model, Row, Spread, Statistics
from ml_exporter.catalogue.regression import REGRESSION, family
from ml_exporter.catalogue.value_bins import value_of_bin

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


def _percentiles(sums: Statistics, _model: Model) -> Iterable[Row]:
    reached = np.cumsum(sums["residuals.count"], axis=1)
    total = reached[:, -1]
    for percentile in PERCENTILES:
        rank = np.maximum(np.ceil(total * percentile / 100) - 1, 0)
        place = np.minimum((reached <= rank[:, None]).sum(axis=1), reached.shape[1] - 1)
        yield (str(percentile),), np.where(total > 0, value_of_bin(place), np.nan)


def _count(_model: Model) -> int:
    return len(PERCENTILES)


SPREADS = (
    # No summary with the label `quantile`: in OpenMetrics its values may not be negative.
    Spread(
        family(
            "ml_residual_percentile",
            "Percentile of prediction minus actual value in the window, within 1 % of the exact one; amounts below 1e-6"
            " count as 0.",
            "percentile",
        ),
        REGRESSION,
        _percentiles,
        _count,
    ),
)
