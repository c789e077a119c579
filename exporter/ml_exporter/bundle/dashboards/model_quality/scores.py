"""Is the threshold right, and do the scores mean what they say?"""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.panels import Line, Query
from ml_exporter.bundle.dashboards.queries import gauge

_NO_SCORES = "No scored outcomes in this window: the events bring no score, or no labels have arrived"
_NOT_BINARY = "No scored outcomes in this window, or the model decides between several classes"
_RECALL, _FALSE, _PRECISION = (
    gauge(f"ml_threshold_{name}_ratio", "threshold") for name in ("recall", "false_positive", "precision")
)


def roc() -> Any:
    """Return the ROC curve, at the thresholds that are exported."""
    return panels.curve(
        "ROC curve",
        "Of the positives, the share that is found (up), and of the negatives, the share that raises a false alarm"
        " (right), as the threshold falls. The further to the upper left, the better; the diagonal is chance.",
        "threshold",
        Line("False positives", _FALSE),
        [Line("Recall", _RECALL), Line("Chance", _FALSE, dashed=True)],
        no_value=_NOT_BINARY,
    )


def precision_recall() -> Any:
    """Return the curve of precision over recall."""
    prevalence = f"{_RECALL} * 0 + on () group_left () max ({gauge('ml_prevalence_ratio')})"
    return panels.curve(
        "Precision by recall",
        "How right its alarms are (up) at what share of the positives that they find (right). The dashed line is what"
        " alarms at random would be: the share of positives.",
        "threshold",
        Line("Recall", _RECALL),
        [Line("Precision", _PRECISION), Line("At random", prevalence, dashed=True)],
        no_value=_NOT_BINARY,
    )


def thresholds() -> Any:
    """Return what each decision threshold would do."""
    return panels.curve(
        "What another threshold would do",
        "Precision and recall, if every score from a threshold (right) on meant the positive class: choose the"
        " decision_threshold where the two suit their costs.",
        "threshold",
        None,
        [Line("Precision", _PRECISION), Line("Recall", _RECALL)],
        no_value=_NOT_BINARY,
    )


def calibration() -> Any:
    """Return the reliability curve."""
    score = gauge("ml_reliability_score_ratio", "bin")
    return panels.curve(
        "Calibration",
        "How often outcomes came true (up) at what mean score (right). On the dashed line a score of 0.8 means 80 %;"
        " below it the model is too sure of itself.",
        "bin",
        Line("Mean score", score),
        [
            Line("Came true", gauge("ml_reliability_frequency_ratio", "bin")),
            Line("As promised", score, dashed=True),
        ],
        no_value=_NO_SCORES,
    )


def score_mix() -> Any:
    """Return how many outcomes have which score."""
    return panels.curve(
        "Outcomes by score",
        "How many outcomes of the window (up) have about what score (right): what the curve beside rests on. A model"
        " that is sure has them at both ends.",
        "bin",
        Line("Mean score", gauge("ml_reliability_score_ratio", "bin")),
        [Line("Outcomes", gauge("ml_reliability_outcomes", "bin"))],
        unit="locale",
        no_value=_NO_SCORES,
    )


def probabilities_over_time() -> Any:
    """Return the calibration error over time."""
    return panels.lines(
        "Calibration error over time",
        "Mean distance of score and frequency. It rises when scores no longer mean what they did, before accuracy"
        " falls.",
        [Query(gauge("ml_calibration_error_ratio"), "Calibration error")],
        "percentunit",
        no_value=_NO_SCORES,
        from_zero=True,
    )
