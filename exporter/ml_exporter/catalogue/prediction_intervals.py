"""Whether the intervals that a regression model predicts hold the actual values, and how wide they are."""

from collections.abc import Iterable

from ml_exporter.catalogue.classification import SHARE, share_of
from ml_exporter.catalogue.definition import Counts, Metric, Model, Row, Spread, Statistics
from ml_exporter.catalogue.regression import AN_AMOUNT, REGRESSION, family, mean_of

_COUNT = "prediction_intervals.count"


def _covered(sums: Statistics) -> Counts:
    return sums["prediction_intervals.covered"], sums[_COUNT]


METRICS = (
    Metric(
        id="prediction_interval_coverage",
        title="Coverage of prediction intervals",
        family=family(
            "ml_prediction_interval_coverage_ratio",
            "Share of the outcomes with a predicted interval whose actual value is inside, its ends included.",
        ),
        tasks=REGRESSION,
        clock="outcome",
        direction="higher",
        estimate=share_of(_covered),
        formula="outcomes with lower <= actual <= upper / outcomes with lower and upper",
        interval="Wilson",
        counted_by=_COUNT,
        proportion=_covered,
        limits=SHARE,
        advice="Below the level that the intervals are made for, the model is surer than it may be: widen them"
        " (conformal calibration on recent residuals), or retrain. Far above it they are wider than they need be.",
    ),
    Metric(
        id="prediction_interval_width",
        title="Mean width of prediction intervals",
        family=family("ml_prediction_interval_mean_width", "Mean of upper minus lower of the predicted intervals."),
        tasks=REGRESSION,
        clock="outcome",
        direction="lower",
        estimate=mean_of("prediction_intervals.width", "prediction_intervals.width_squared", AN_AMOUNT, _COUNT),
        formula="mean of (upper - lower)",
        interval="normal, from the second moment",
        counted_by=_COUNT,
        limits=AN_AMOUNT,
        advice="Wider intervals with the same coverage say that the model has become less sure of what it sees: look at"
        " the drift of features.",
    ),
)


def _with_interval(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), sums[_COUNT])]


def _one(_model: Model) -> int:
    return 1


SPREADS = (
    Spread(
        family(
            "ml_window_interval_outcomes",
            "Outcomes in the window that have a predicted interval: what its coverage and width rest on.",
        ),
        REGRESSION,
        _with_interval,
        _one,
    ),
)
