"""Which classes are taken for which?"""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.panels import Column, Query
from ml_exporter.bundle.dashboards.queries import WINDOWED, gauge


def confusion() -> Any:
    """Return the confusion matrix of the window."""
    cells = f"sum by (actual, predicted) (ml_confusion_outcomes{{{WINDOWED}}})"
    for label, word in (("actual", "Actual"), ("predicted", "Pred.")):
        cells = f'label_replace({cells}, "{label}", "{word} $1", "{label}", "(.*)")'
    return panels.matrix(
        "Confusion",
        "Outcomes of the window by actual class (down) and predicted class (across): off the diagonal stand the"
        " mistakes.",
        Query(cells, instant=True),
        "actual",
        "predicted",
        "locale",
    )


def _cells(side: str) -> str:
    """Return the cells of the matrix under the class that stands on one of its sides."""
    cells = f"sum by (actual, predicted) (ml_confusion_outcomes{{{WINDOWED}}})"
    return f'label_replace({cells}, "class", "$1", "{side}", "(.*)")'


_RIGHT = f"sum by (class) ({_cells('actual')} and on (actual, predicted, class) {_cells('predicted')})"
_ACTUAL, _PREDICTED = (f"sum by (class) ({_cells(side)})" for side in ("actual", "predicted"))


def _of_class(metric: str, otherwise: str) -> str:
    """Return a metric of each class: as it is exported (of many classes), or made of the matrix (of two)."""
    return f"{gauge(f'ml_class_{metric}_ratio', 'class')} or {otherwise} >= 0"


_F1 = _of_class("f1", f"2 * {_RIGHT} / ({_ACTUAL} + {_PREDICTED})")


def each_class() -> Any:
    """Return a table with the quality of each class."""
    return panels.rows(
        "Quality of each class",
        "Precision: of what was said to be of the class, how much is. Recall: of the class, how much was found. A class"
        " with few outcomes has uncertain numbers.",
        [
            Column("Class", label="class", width=120),
            Column("Precision", _of_class("precision", f"{_RIGHT} / {_PREDICTED}")),
            Column("Recall", _of_class("recall", f"{_RIGHT} / {_ACTUAL}")),
            Column("F1", _F1),
            Column("Outcomes", _ACTUAL, unit="locale", decimals=0),
        ],
        unit="percentunit",
        decimals=1,
        sort_by="F1",
        no_value=panels.NO_OUTCOMES,
    )


def classes_over_time() -> Any:
    """Return the F1 score of each class over time."""
    return panels.lines(
        "F1 score of each class",
        "Which class fell, and when: harmonic mean of its precision and recall.",
        [Query(_F1, "{{class}}")],
        "percentunit",
        no_value=panels.NO_OUTCOMES,
    ).max(1)
