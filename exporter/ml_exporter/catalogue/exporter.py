"""The exporter itself."""

from ml_exporter.catalogue.definition import Family, FamilyType

_AREA = "the exporter itself"


def _family(name: str, kind: FamilyType, help_text: str, *labels: str) -> Family:
    return Family(f"ml_exporter_{name}", kind, help_text, labels, _AREA)


BUILD_INFO = _family("build_info", "gauge", "Always 1; the labels say what runs.", "version", "python_version")
FEED_EVENTS = _family(
    "feed_events_total",
    "counter",
    "Events read, rejected ones included, since the store was made.",
    "feed",
    "kind",
)
FEED_REJECTED = _family(
    "feed_rejected_total",
    "counter",
    "Events that could not be used, since the store was made.",
    "feed",
    "reason",
)
FEED_ERRORS = _family(
    "feed_errors_total", "counter", "Failed attempts to read the feed, since the process started.", "feed"
)
FEED_TRUNCATIONS = _family(
    "feed_truncations_total",
    "counter",
    "Files found shorter than what was read of them, and read again from the start.",
    "feed",
)
FEED_LOST_EVENTS = _family(
    "feed_lost_events_total",
    "counter",
    "Events that the source had removed before they were read, as far as it tells, since the store was made.",
    "feed",
)
FEED_LAG = _family(
    "feed_lag_events",
    "gauge",
    "Events that the source held beyond those read, at the last batch; no sample where the source cannot tell.",
    "feed",
)
FEED_LAST_EVENT = _family(
    "feed_last_event_timestamp_seconds",
    "gauge",
    "Time of the feed's newest event, by the event's own clock; 0 before the first.",
    "feed",
)
DUPLICATE_EVENTS = _family(
    "duplicate_events_total", "counter", "Events that were known already and ignored.", "feed", "kind"
)
LABEL_CONFLICTS = _family(
    "label_conflicts_total",
    "counter",
    "Predictions whose label was contradicted by another one that does not correct it; the first stands.",
)
LABEL_CORRECTIONS = _family(
    "label_corrections_total",
    "counter",
    "Predictions whose label was replaced by a later one within the model's correction_window.",
)
UNMATCHED_LABELS = _family("unmatched_labels", "gauge", "Labels that wait for a prediction.")
EXPIRED_PREDICTIONS = _family(
    "expired_predictions_total", "counter", "Predictions that no label reached within label_horizon."
)
LATE_OUTCOMES = _family("late_outcomes_total", "counter", "Outcomes that arrived after their bucket had been closed.")
LAST_TICK_DURATION = _family(
    "last_tick_duration_seconds",
    "gauge",
    "How long the computation of the metrics took that came before this one, from the buckets to ready text; 0 at the"
    " first.",
)
LAST_TICK = _family("last_tick_timestamp_seconds", "gauge", "When the metrics were last computed.")
SERIES = _family("series", "gauge", "Series that the exporter keeps: versions, and slices of them.", "model_name")
SERIES_FOLDED = _family(
    "series_folded",
    "gauge",
    "Versions and segment values that share __other__ because a limit was reached.",
    "model_name",
)
FAMILIES = (
    BUILD_INFO,
    FEED_EVENTS,
    FEED_REJECTED,
    FEED_ERRORS,
    FEED_TRUNCATIONS,
    FEED_LOST_EVENTS,
    FEED_LAG,
    FEED_LAST_EVENT,
    DUPLICATE_EVENTS,
    LABEL_CONFLICTS,
    LABEL_CORRECTIONS,
    UNMATCHED_LABELS,
    EXPIRED_PREDICTIONS,
    LATE_OUTCOMES,
    LAST_TICK_DURATION,
    LAST_TICK,
    SERIES,
    SERIES_FOLDED,
)
