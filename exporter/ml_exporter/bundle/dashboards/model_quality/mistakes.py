"""Where does it go wrong?"""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Column, Query
from ml_exporter.bundle.dashboards.queries import WINDOWED, gauge
from ml_exporter.bundle.dashboards.variables import choice

SLICED_BY = choice(
    "slice_metric",
    "Slices show",
    {"accuracy": "Accuracy", "precision": "Precision", "recall": "Recall", "f1": "F1 score"},
)
"""Which metric the slices show."""

_OF_SLICE = "segment_key, segment_value"
_NO_SLICES = "No outcomes by slice: no labels yet, or no `segments` in monitoring.yml"


def mistakes_section() -> Section:
    """Return the section."""
    return Section("Where does it go wrong?", [Strip(9, [(_slices(), 10), (_over_time(), 8), (_confusion(), 6)])])


def _slices() -> Any:
    def by_slice(family: str) -> str:
        named = f'label_join({gauge(family, _OF_SLICE)}, "slice", " = ", "segment_key", "segment_value")'
        return f"max by (slice) ({named})"

    return panels.rows(
        "${slice_metric:text} by slice, worst first",
        "A fall that stands in one slice points to its cause; a fall everywhere points to the model or its input.",
        [
            Column("Slice", label="slice", width=115),
            Column("Value", by_slice("ml_segment_${slice_metric}_ratio")),
            Column("From", by_slice("ml_segment_${slice_metric}_lower_bound_ratio")),
            Column("To", by_slice("ml_segment_${slice_metric}_upper_bound_ratio")),
            Column("Outcomes", by_slice("ml_segment_window_outcomes"), unit="locale", decimals=0),
        ],
        unit="none",
        decimals=3,
        sort_by="Value",
        no_value=_NO_SLICES,
    )


def _over_time() -> Any:
    return panels.lines(
        "${slice_metric:text} by slice over time",
        "The same over time: which slice fell, and when.",
        [Query(gauge("ml_segment_${slice_metric}_ratio", _OF_SLICE), "{{segment_key}} = {{segment_value}}")],
        "none",
        no_value=_NO_SLICES,
    )


def _confusion() -> Any:
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
