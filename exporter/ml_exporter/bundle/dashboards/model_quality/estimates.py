"""What will it be, once labels are in?"""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Query
from ml_exporter.bundle.dashboards.queries import metric_value

_SHOWN = ("accuracy", "f1", "auc_roc")
"""What is drawn of what can be estimated; the rest stands in the table of metrics."""


def estimates_section() -> Section:
    """Return the section: metrics as they are estimated from scores, beside what labels said."""
    return Section("What will it be, once labels are in?", [Strip(7, [(_beside(name), 8) for name in _SHOWN])])


def _beside(name: str) -> Any:
    metric, realised = catalogue.metric(f"estimated_{name}", "binary"), catalogue.metric(name, "binary")
    return panels.lines(
        metric.title,
        "Estimated from the scores of the window's predictions, before their labels are in (CBPE), beside what labels"
        " said. The estimate falls first where inputs have changed; it cannot see that scores mean something else now.",
        [Query(metric_value(metric), "Estimated"), Query(metric_value(realised), "Realised")],
        "none",
        no_value="Not known: it needs scores, and 1000 labelled outcomes to learn what they mean",
    )
