"""The reliability curve: what share of the outcomes with a score came true, by the score."""

from collections.abc import Iterable

from ml_exporter.catalogue.bins import CALIBRATION_BINS
from ml_exporter.catalogue.classification import TASKS, Array, family, scored
from ml_exporter.catalogue.definition import Model, Row, Spread, Statistics, each
from ml_exporter.catalogue.intervals import divide


def reliability(task: str, sums: Statistics) -> tuple[Array, Array, Array]:
    """Return outcomes, sum of scores, and outcomes that came true by score bin, (series, bins) each."""
    if task == "multiclass":
        return sums["confidence.count"], sums["confidence.score"], sums["confidence.correct"]
    return sums["calibration.count"], sums["calibration.score"], sums["calibration.positives"]


def _bins(_model: Model) -> int:
    return CALIBRATION_BINS


def _each_bin(table: Array) -> Iterable[Row]:
    return each([(str(number),) for number in range(1, CALIBRATION_BINS + 1)], table)


def _outcomes(sums: Statistics, model: Model) -> Iterable[Row]:
    return _each_bin(reliability(model.task, sums)[0])


def _scores(sums: Statistics, model: Model) -> Iterable[Row]:
    count, score, _ = reliability(model.task, sums)
    return _each_bin(divide(score, count))


def _frequencies(sums: Statistics, model: Model) -> Iterable[Row]:
    count, _, came_true = reliability(model.task, sums)
    return _each_bin(divide(came_true, count))


def _scored_outcomes(sums: Statistics, model: Model) -> Iterable[Row]:
    yield (), sums[scored(model.task)]


def _one(_model: Model) -> int:
    return 1


_BIN = "bin 1 of 15 begins at 0, each is 1/15 wide"

SPREADS = (
    Spread(
        family("ml_window_scored_outcomes", "Outcomes in the window that have a score: what score metrics rest on."),
        frozenset(TASKS),
        _scored_outcomes,
        _one,
    ),
    Spread(
        family("ml_reliability_outcomes", f"Scored outcomes in the window by score ({_BIN}).", "bin"),
        frozenset(TASKS),
        _outcomes,
        _bins,
    ),
    Spread(
        family("ml_reliability_score_ratio", f"Mean score of the outcomes in each bin of scores ({_BIN}).", "bin"),
        frozenset(TASKS),
        _scores,
        _bins,
    ),
    Spread(
        family(
            "ml_reliability_frequency_ratio",
            "Share of the outcomes in each bin of scores that came true: positive, or among several classes predicted"
            f" rightly ({_BIN}).",
            "bin",
        ),
        frozenset(TASKS),
        _frequencies,
        _bins,
    ),
)
