"""Decisions between several classes over several exporters, from the counts of each class."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import quoted
from ml_exporter.bundle.recordings import Recording, added_up, ratio, recorded
from ml_exporter.config import ModelSettings


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    if model.task != "multiclass":
        return []

    def counted(role: str) -> str:
        return f"{recorded(f'ml_class_{role}_outcomes')}{{model_name={quoted(model.name)}}}"

    def over_classes(expression: str, operator: str = "sum") -> str:
        return f"{operator} without (class) ({expression})"

    actual, predicted, correct = counted("actual"), counted("predicted"), counted("correct")
    total = over_classes(actual)
    seen = over_classes(f"({actual} + {predicted}) > 0", "count")
    scores = {
        "precision": ratio(correct, predicted),
        "recall": ratio(correct, actual),
        "f1": ratio(f"2 * {correct}", f"({actual} + {predicted})"),
    }
    recordings = [
        *(added_up(model, f"ml_class_{role}_outcomes") for role in ("actual", "predicted", "correct")),
        *_confusion(model),
        Recording("ml_accuracy_ratio", ratio(over_classes(correct), total)),
        Recording(
            "ml_balanced_accuracy_ratio",
            f"{over_classes(scores['recall'])} / {over_classes(f'{actual} > 0', 'count')}",
        ),
        Recording("ml_matthews_correlation", _correlation(actual, predicted, correct)),
    ]
    for name, score in scores.items():
        averages = {
            "weighted": ratio(over_classes(f"{score} * {actual}"), total),
            "macro": f"{over_classes(score)} / {seen}",
        }
        recordings.append(Recording(f"ml_class_{name}_ratio", score))
        recordings += [
            Recording(f"ml_averaged_{name}_ratio", expression, {"average": average})
            for average, expression in averages.items()
        ]
    return recordings


def _confusion(model: ModelSettings) -> list[Recording]:
    """Record the confusion matrix where every exporter shows all of it, not each its own fullest cells."""
    complete = len(model.class_names) ** 2 <= model.max_confusion_cells
    return [added_up(model, "ml_confusion_outcomes")] if complete else []


def _correlation(actual: str, predicted: str, correct: str) -> str:
    def over_classes(expression: str) -> str:
        return f"sum without (class) ({expression})"

    total = over_classes(actual)
    together = f"{over_classes(correct)} * {total} - {over_classes(f'{actual} * {predicted}')}"
    spreads = [f"({total} ^ 2 - {over_classes(f'{count} ^ 2')})" for count in (actual, predicted)]
    return f"({together}) / sqrt({' * '.join(spreads)} > 0)"


RECORDINGS = _recordings
