"""Judgement: objectives and whether they are met."""

from ml_exporter.catalogue.definition import Family, series_labels

_AREA = "judgement"
_LABELS = (*series_labels(window=False), "metric")

OBJECTIVE = Family("ml_objective", "gauge", "The value that the metric should reach.", _LABELS, _AREA)
OBJECTIVE_BREACHED = Family(
    "ml_objective_breached",
    "gauge",
    "1 while the metric misses its objective: set when the whole 95 % interval lies beyond the objective and the"
    " window holds enough outcomes, cleared when the value is back; missing data changes nothing.",
    _LABELS,
    _AREA,
)
FAMILIES = (OBJECTIVE, OBJECTIVE_BREACHED)
