"""Binary decisions over several exporters, from the cells of the confusion matrix."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import quoted
from ml_exporter.bundle.recordings import Recording, added_up, ratio, recorded
from ml_exporter.config import ModelSettings

_CONFUSION = "ml_confusion_outcomes"


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    if model.task != "binary":
        return []
    negative, positive = model.class_names

    def outcomes(**cell: str) -> str:
        """Return the outcomes of some cells, with no label of the cells left."""
        chosen = {"model_name": model.name, **cell}
        matchers = ",".join(f"{label}={quoted(value)}" for label, value in chosen.items())
        return f"sum without (actual, predicted) ({recorded(_CONFUSION)}{{{matchers}}})"

    hits, misses = (outcomes(actual=positive, predicted=said) for said in (positive, negative))
    false_alarms, rest = (outcomes(actual=negative, predicted=said) for said in (positive, negative))
    positives, negatives = outcomes(actual=positive), outcomes(actual=negative)
    flagged, passed = outcomes(predicted=positive), outcomes(predicted=negative)
    recall, specificity = ratio(hits, positives), ratio(rest, negatives)
    product = f"{positives} * {negatives} * {flagged} * {passed}"
    return [
        added_up(model, _CONFUSION),
        Recording("ml_accuracy_ratio", ratio(f"({hits} + {rest})", outcomes())),
        Recording("ml_precision_ratio", ratio(hits, flagged)),
        Recording("ml_recall_ratio", recall),
        Recording("ml_specificity_ratio", specificity),
        Recording("ml_f1_ratio", ratio(f"2 * {hits}", f"({positives} + {flagged})")),
        Recording("ml_prevalence_ratio", ratio(positives, outcomes())),
        Recording("ml_predicted_prevalence_ratio", ratio(flagged, outcomes())),
        Recording("ml_balanced_accuracy_ratio", f"({recall} + {specificity}) / 2 or {recall} or {specificity}"),
        Recording("ml_matthews_correlation", f"({hits} * {rest} - {false_alarms} * {misses}) / sqrt({product} > 0)"),
    ]


RECORDINGS = _recordings
