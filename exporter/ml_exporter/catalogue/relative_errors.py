"""How far predicted numbers are from the actual ones, as shares of them."""

from collections.abc import Iterable

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.definition import Estimate, Metric, Model, Row, Spread, Statistics
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.regression import AN_AMOUNT, REGRESSION, Array, family, mean_of
from ml_exporter.catalogue.sums_of_squares import sum_of_squares

_NORMAL = "normal, from the second moment"
_NONZERO = "regression.nonzero"
_SYMMETRIC = (0.0, 2.0)


def _weighted(sums: Statistics) -> Estimate:
    """Return the ratio of two sums with its delta interval (Cochran, Sampling Techniques, 1977, 6.4)."""
    errors, sizes, count = (
        sums["regression.absolute_error"],
        sums["regression.absolute_actual"],
        sums["outcomes.count"],
    )
    ratio = divide(errors, sizes)
    spread = sums["regression.squared_error"] - 2 * ratio * sums["regression.absolute_error_absolute_actual"]
    spread = np.maximum(spread + ratio**2 * sum_of_squares(sums), 0.0) * divide(count, count - 1)
    half = intervals.Z * divide(np.sqrt(spread), sizes)
    return Estimate(ratio, np.maximum(ratio - half, 0.0), ratio + half)


def _zero_actuals(sums: Statistics, _model: Model) -> Iterable[Row]:
    counted: Array = sums["outcomes.count"]
    return [((), np.where(counted > 0, counted - sums[_NONZERO], np.nan))]


def _one(_model: Model) -> int:
    return 1


METRICS = (
    Metric(
        id="mean_absolute_percentage_error",
        title="Mean absolute percentage error",
        family=family(
            "ml_mean_absolute_percentage_error_ratio",
            "Mean distance of prediction and actual value as a share of the actual one; where that is 0 the outcome is"
            " left out and counted in ml_window_zero_actual_outcomes.",
        ),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=mean_of("regression.percentage_error", "regression.percentage_error_squared", AN_AMOUNT, _NONZERO),
        source="scikit-learn, mean_absolute_percentage_error, without actual values of 0",
        formula="mean of |prediction - actual| / |actual| over outcomes whose actual value is not 0",
        interval=_NORMAL,
        counted_by=_NONZERO,
        limits=AN_AMOUNT,
        advice="Actual values near 0 make it large whatever the model does: compare it with the weighted one, which"
        " they hardly move.",
    ),
    Metric(
        id="symmetric_mean_absolute_percentage_error",
        title="Symmetric mean absolute percentage error",
        family=family(
            "ml_symmetric_mean_absolute_percentage_error_ratio",
            "Mean distance of prediction and actual value as a share of the mean of their amounts: from 0 to 2.",
        ),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=mean_of("regression.symmetric_error", "regression.symmetric_error_squared", _SYMMETRIC),
        source="Makridakis 1993",
        formula="mean of |prediction - actual| / ((|prediction| + |actual|) / 2), 0 where both are 0",
        interval=_NORMAL,
        limits=_SYMMETRIC,
        advice="It counts a prediction of half and one of double the actual value alike, and no outcome for more than"
        " 2. Near 2 the signs differ, or one side is 0.",
    ),
    Metric(
        id="weighted_absolute_percentage_error",
        title="Weighted absolute percentage error",
        family=family(
            "ml_weighted_absolute_percentage_error_ratio",
            "Sum of the distances of prediction and actual value as a share of the sum of the actual amounts.",
        ),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=_weighted,
        source="Kolassa, Schuetz 2007",
        formula="sum of |prediction - actual| / sum of |actual|",
        interval="delta method for a ratio of sums",
        limits=AN_AMOUNT,
        advice="Large actual values decide it, as they decide volume or revenue: look at the slices that hold them.",
    ),
)

SPREADS = (
    Spread(
        family(
            "ml_window_zero_actual_outcomes",
            "Outcomes in the window whose actual value is 0: no percentage can be made of them.",
        ),
        REGRESSION,
        _zero_actuals,
        _one,
    ),
)
