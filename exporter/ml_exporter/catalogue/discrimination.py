"""How well scores tell classes apart, whatever the threshold: areas under curves, from binned scores."""

from functools import partial

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.classification import BINARY, SHARE, Array, family, scored
from ml_exporter.catalogue.definition import Estimate, Metric, Statistics
from ml_exporter.catalogue.intervals import divide

_BOUND = "within half the sum of p_b n_b / (P N) of the exact one"


def _auc_roc(sums: Statistics) -> Estimate:
    return Estimate(*intervals.auc_roc(sums["scores.negatives"], sums["scores.positives"]))


def _auc_pr(sums: Statistics) -> Estimate:
    return Estimate.without_interval(
        intervals.in_blocks(_average_precision, sums["scores.negatives"], sums["scores.positives"])
    )


def _average_precision(negatives: Array, positives: Array) -> Array:
    """Return the average precision, (series,), from class histograms, (series, bins) each, by rising score."""
    gained = positives[:, ::-1]
    hits = np.cumsum(gained, axis=1)
    flagged = np.cumsum(negatives[:, ::-1], axis=1)
    flagged += hits
    precision = hits / np.maximum(flagged, 1.0)  # without any there are no hits either
    return divide(np.einsum("sb,sb->s", gained, precision), hits[:, -1])


def class_score_histograms(sums: Statistics, classes: int) -> tuple[Array, Array]:
    """Return the scores of each class as histograms.

    Returns:
        Outcomes of the other classes and outcomes of the class, (series, classes, bins) each, by rising score.
    """
    positives = sums["class_scores.positives"]
    positives = positives.reshape(len(positives), classes, -1)
    negatives = sums["class_scores.negatives"].reshape(positives.shape).copy()
    of_class = positives.sum(axis=2)
    # The lowest bin is not tallied: it holds the outcomes of other classes that are in none of the others.
    negatives[:, :, 0] = of_class.sum(axis=1)[:, None] - of_class - negatives[:, :, 1:].sum(axis=2)
    return negatives, positives


def _averaged_auc_roc(average: str, sums: Statistics) -> Estimate:
    """Average over the classes that have outcomes both of the class and of others."""
    negatives, positives = class_score_histograms(sums, sums["classes.actual"].shape[1])
    area = intervals.area_under_roc(negatives, positives)
    of_class = positives.sum(axis=2)
    weights = np.where(np.isnan(area), 0.0, of_class if average == "weighted" else 1.0)
    return Estimate.without_interval(divide((np.nan_to_num(area) * weights).sum(axis=1), weights.sum(axis=1)))


_AVERAGED = family(
    "ml_averaged_auc_roc",
    "Area under the ROC curve of each class against all others, from binned scores, averaged over the classes: weighted"
    " by their outcomes, or macro, each class alike.",
    "average",
)

METRICS = (
    Metric(
        id="auc_roc",
        title="ROC AUC",
        family=family("ml_auc_roc", "Area under the ROC curve, from 1000 score bins."),
        tasks=BINARY,
        clock="outcome",
        direction="higher",
        estimate=_auc_roc,
        source="scikit-learn, roc_auc_score, on binned scores",
        formula=f"sum of p_b (N_below_b + n_b / 2) / (P N) over 1000 score bins; {_BOUND}",
        interval="DeLong (1988) on the logit scale; Hanley and McNeil (1982) below 50 of a class",
        counted_by=scored("binary"),
        limits=SHARE,
        judged=True,
        advice="The model ranks worse: no threshold mends that. Look for features that are missing or have drifted,"
        " then retrain.",
    ),
    Metric(
        id="auc_pr",
        title="Average precision",
        family=family("ml_auc_pr", "Area under the precision-recall curve (average precision), from 1000 score bins."),
        tasks=BINARY,
        clock="outcome",
        direction="higher",
        estimate=_auc_pr,
        source="scikit-learn, average_precision_score, on binned scores",
        formula="sum over falling thresholds of (recall gained) x precision",
        counted_by=scored("binary"),
        limits=SHARE,
        advice="As for ROC AUC, seen from the positive class. It falls with prevalence, too: compare that first.",
    ),
    *(
        Metric(
            id=f"auc_roc_{average}",
            title=f"ROC AUC, {average} average",
            family=_AVERAGED,
            tasks=frozenset({"multiclass"}),
            clock="outcome",
            direction="higher",
            estimate=partial(_averaged_auc_roc, average),
            source="scikit-learn, roc_auc_score with multi_class=ovr, on binned scores",
            formula="mean over the classes of the AUC of the class against the rest, "
            + meaning
            + "; from 128 score bins"
            f" a class (64 above 50 classes, 32 above 100), each AUC {_BOUND}",
            fixed_labels={"average": average},
            counted_by=scored("multiclass"),
            limits=SHARE,
            judged=average == "macro",
            advice="The scores rank worse for some class, whatever is predicted in the end: compare the recall of the"
            " classes, then look for features that are missing or have drifted.",
        )
        for average, meaning in (("weighted", "weighted by its outcomes"), ("macro", "each class alike"))
    ),
)
