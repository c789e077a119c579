"""How far predicted numbers are from the actual ones, in the unit of the numbers."""

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.definition import Estimate, Metric, Statistics
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.regression import AN_AMOUNT, REGRESSION, by_absolute_error, family, mean_of

_NORMAL = "normal, from the second moment"


def _root_mean_squared_error(sums: Statistics) -> Estimate:
    """Return the root, with the bounds of the delta method on its logarithm, so that they are positive."""
    count = sums["outcomes.count"]
    square = divide(sums["regression.squared_error"], count)
    value = np.sqrt(square)
    spread = divide(sums["regression.squared_error_squared"], count) - square**2
    deviation = np.sqrt(divide(np.maximum(spread, 0.0), count - 1))
    half = np.where(square > 0, intervals.Z * divide(deviation, 2 * square), 0.0)
    half = np.where(count > 1, half, np.nan)
    return Estimate(value, value * np.exp(-half), value * np.exp(half))


METRICS = (
    Metric(
        id="mean_absolute_error",
        title="Mean absolute error",
        family=family("ml_mean_absolute_error", "Mean distance of prediction and actual value in the window."),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=mean_of("regression.absolute_error", "regression.squared_error", AN_AMOUNT),
        source="scikit-learn, mean_absolute_error",
        formula="mean of |prediction - actual|",
        interval=_NORMAL,
        limits=AN_AMOUNT,
        ranked=by_absolute_error,
        judged=True,
        headline=True,
        advice="Look at the mean error: if it moved too, predictions are shifted, which a correction may cure. If only"
        " this moved, look at the slices and at the drift of features.",
    ),
    Metric(
        id="mean_squared_error",
        title="Mean squared error",
        family=family("ml_mean_squared_error", "Mean square of prediction minus actual value in the window."),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=mean_of("regression.squared_error", "regression.squared_error_squared", AN_AMOUNT),
        source="scikit-learn, mean_squared_error",
        formula="mean of (prediction - actual)^2",
        interval=_NORMAL,
        limits=AN_AMOUNT,
        ranked=by_absolute_error,
        advice="Few large errors make most of it: compare it with the mean absolute error, and look at the outermost"
        " residual percentiles.",
    ),
    Metric(
        id="root_mean_squared_error",
        title="Root mean squared error",
        family=family("ml_root_mean_squared_error", "Root of the mean squared error in the window."),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=_root_mean_squared_error,
        source="scikit-learn, root_mean_squared_error",
        formula="sqrt(mean of (prediction - actual)^2)",
        interval="delta method, on the logarithm",
        limits=AN_AMOUNT,
        ranked=by_absolute_error,
        advice="If it rises and the mean absolute error holds, a few predictions are far off: find them by slice, and"
        " look for new kinds of input.",
    ),
    Metric(
        id="mean_error",
        title="Mean error",
        family=family("ml_mean_error", "Mean of prediction minus actual value in the window: the bias."),
        tasks=REGRESSION,
        clock="outcome",
        direction=None,
        estimate=mean_of("regression.error", "regression.squared_error", (-np.inf, np.inf)),
        formula="mean of (prediction - actual)",
        interval=_NORMAL,
        advice="Above 0 the model predicts too much, below 0 too little. Where its interval leaves 0, what is predicted"
        " has changed its level: retrain, or correct by the mean error meanwhile.",
    ),
)
