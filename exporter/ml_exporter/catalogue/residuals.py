"""How prediction minus actual value is distributed."""

from collections.abc import Iterable

from ml_exporter.catalogue.definition import Model, Row, Spread, Statistics
from ml_exporter.catalogue.regression import REGRESSION, family
from ml_exporter.catalogue.value_bins import value_at_percentile

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


def _percentiles(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((str(number),), value_at_percentile(sums["residuals.count"], number)) for number in PERCENTILES]


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
