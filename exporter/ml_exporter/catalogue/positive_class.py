"""Metrics of the positive class of a binary model: how it is found, and how frequent it is."""

from collections.abc import Callable

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.classification import BINARY, SHARE, family, share_of
from ml_exporter.catalogue.definition import Counts, Direction, Estimate, Metric, Statistics
from ml_exporter.catalogue.intervals import divide


def _precision(sums: Statistics) -> Counts:
    return sums["binary.true_positives"], sums["binary.true_positives"] + sums["binary.false_positives"]


def _recall(sums: Statistics) -> Counts:
    return sums["binary.true_positives"], sums["binary.true_positives"] + sums["binary.false_negatives"]


def _specificity(sums: Statistics) -> Counts:
    return sums["binary.true_negatives"], sums["binary.true_negatives"] + sums["binary.false_positives"]


def _prevalence(sums: Statistics) -> Counts:
    positives, negatives = _recall(sums)[1], _specificity(sums)[1]
    return positives, positives + negatives


def _predicted_prevalence(sums: Statistics) -> Counts:
    return _precision(sums)[1], _prevalence(sums)[1]


def _f1(sums: Statistics) -> Estimate:
    hit, wrong = sums["binary.true_positives"], sums["binary.false_positives"] + sums["binary.false_negatives"]
    return Estimate(divide(2 * hit, 2 * hit + wrong), *intervals.f1(hit, wrong))


def _share(
    metric_id: str,
    title: str,
    help_text: str,
    counts: Callable[[Statistics], Counts],
    formula: str,
    direction: Direction | None,
    advice: str,
    source: str = "its definition",
) -> Metric:
    return Metric(
        id=metric_id,
        title=title,
        family=family(f"ml_{metric_id}_ratio", help_text),
        tasks=BINARY,
        clock="outcome",
        direction=direction,
        estimate=share_of(counts),
        source=source,
        formula=formula,
        interval="Wilson",
        proportion=counts,
        limits=SHARE,
        judged=metric_id in {"precision", "recall"},
        advice=advice,
    )


METRICS = (
    _share(
        "precision",
        "Precision",
        "Of the outcomes predicted positive, the share that is positive.",
        _precision,
        "TP / (TP + FP)",
        "higher",
        "False alarms have grown, or positives have become rarer (see prevalence). A higher decision threshold buys"
        " precision for recall: the precision-recall curve says at what price.",
        "scikit-learn, precision_score",
    ),
    _share(
        "recall",
        "Recall",
        "Of the positive outcomes, the share that was predicted positive.",
        _recall,
        "TP / (TP + FN)",
        "higher",
        "Positives are being missed: by a new kind of them, or by scores that have sunk. Compare ROC AUC (does the"
        " model still rank?) with the threshold (does it still cut at the right place?).",
        "scikit-learn, recall_score",
    ),
    Metric(
        id="f1",
        title="F1 score",
        family=family("ml_f1_ratio", "Harmonic mean of precision and recall of the positive class."),
        tasks=BINARY,
        clock="outcome",
        direction="higher",
        estimate=_f1,
        source="scikit-learn, f1_score",
        formula="2 TP / (2 TP + FP + FN)",
        interval="Wilson on TP / (TP + FP + FN), mapped",
        limits=SHARE,
        advice="See which of precision and recall has moved, and follow that one.",
    ),
    _share(
        "specificity",
        "Specificity",
        "Of the negative outcomes, the share that was predicted negative.",
        _specificity,
        "TN / (TN + FP)",
        "higher",
        "The share of false alarms among negatives has changed. Unlike precision it does not depend on how frequent"
        " positives are: if it holds while precision falls, the world has changed, not the model.",
    ),
    _share(
        "prevalence",
        "Prevalence",
        "Share of outcomes that is positive.",
        _prevalence,
        "(TP + FN) / outcomes",
        None,
        "The world has changed, or labels of one class arrive sooner than the others: compare label coverage. Precision"
        " moves with it even where the model is as good as ever.",
    ),
    _share(
        "predicted_prevalence",
        "Predicted prevalence",
        "Share of outcomes that was predicted positive.",
        _predicted_prevalence,
        "(TP + FP) / outcomes",
        None,
        "Compare it with prevalence: if both move, the world has changed; if only this one does, the scores or the"
        " threshold have.",
    ),
)
