"""The state of feeds and of the join, by model."""

from ml_exporter.catalogue.definition import Family, FamilyType, segment_family, series_labels

_AREA = "state of feeds and join"
_OVERALL = series_labels(window=False)

LABEL_DELAY_EDGES = (
    1.0,
    10.0,
    60.0,
    300.0,
    900.0,
    3600.0,
    14400.0,
    43200.0,
    86400.0,
    259200.0,
    604800.0,
    2592000.0,
)
"""Upper edges of the label delay histogram's buckets, seconds: from a second to 30 days."""


def _family(
    name: str,
    kind: FamilyType,
    help_text: str,
    labels: tuple[str, ...] = _OVERALL,
    edges: tuple[float, ...] = (),
) -> Family:
    return Family(name, kind, help_text, labels, _AREA, edges)


PREDICTIONS_TOTAL = _family(
    "ml_predictions_total", "counter", "Predictions accepted into the join since the store was made."
)
LABELS_TOTAL = _family("ml_labels_total", "counter", "Labels joined to a prediction since the store was made.")
ASSUMED_LABELS = _family(
    "ml_assumed_labels_total",
    "counter",
    "Predictions judged by silence (missing_label) since the store was made; they are among ml_labels_total.",
)
WINDOW_OUTCOMES = _family(
    "ml_window_outcomes", "gauge", "Outcomes in the window: what its metrics rest on.", series_labels()
)
SEGMENT_WINDOW_OUTCOMES = segment_family(WINDOW_OUTCOMES)
LABEL_COVERAGE = _family(
    "ml_label_coverage_ratio",
    "gauge",
    "Of the predictions made in the window, the share that is labelled by now.",
    series_labels(),
)
LABEL_COVERAGE_BY_AGE = _family(
    "ml_label_coverage_by_age_ratio",
    "gauge",
    "Of the predictions made as long ago as the age says, or up to a quarter longer, the share that is labelled by now."
    " If it falls, labels are late or lost: look at the feed of labels before trusting quality.",
    (*_OVERALL, "age"),
)
LABEL_DELAY = _family(
    "ml_label_delay_seconds",
    "histogram",
    "Label time minus prediction time, not below 0.",
    edges=LABEL_DELAY_EDGES,
)
PENDING_PREDICTIONS = _family("ml_pending_predictions", "gauge", "Predictions that wait for their label.")
LAST_PREDICTION = _family(
    "ml_last_prediction_timestamp_seconds", "gauge", "Time of the newest prediction, by its own clock."
)
LAST_LABEL = _family("ml_last_label_timestamp_seconds", "gauge", "Time of the newest joined label, by its own clock.")
CATCHING_UP = _family(
    "ml_catching_up",
    "gauge",
    "1 while a feed of the model has a backlog: gauges speak of the past that has been read so far.",
    ("model_name",),
)

FAMILIES = (
    PREDICTIONS_TOTAL,
    LABELS_TOTAL,
    ASSUMED_LABELS,
    WINDOW_OUTCOMES,
    SEGMENT_WINDOW_OUTCOMES,
    LABEL_COVERAGE,
    LABEL_COVERAGE_BY_AGE,
    LABEL_DELAY,
    PENDING_PREDICTIONS,
    LAST_PREDICTION,
    LAST_LABEL,
    CATCHING_UP,
)
