"""Judgement: objectives and whether they are met; baselines, and whether a metric has degraded against its own."""

from ml_exporter.catalogue.definition import Family, FamilyType, series_labels

_AREA = "judgement"
_LABELS = (*series_labels(window=False), "metric")


def _family(name: str, help_text: str, *extra: str, kind: FamilyType = "gauge") -> Family:
    return Family(f"ml_{name}", kind, help_text, (*_LABELS, *extra), _AREA)


OBJECTIVE = _family("objective", "The value that the metric should reach.")
OBJECTIVE_BREACHED = _family(
    "objective_breached",
    "1 while the metric misses its objective: set when the whole 95 % interval lies beyond the objective and the"
    " window holds enough outcomes, cleared when the value is back; missing data changes nothing.",
)
BASELINE_READY = _family(
    "baseline_ready", "1 once the baseline's period was full: it is frozen. 0: it is provisional, inherited or unknown."
)
BASELINE_MEAN = _family("baseline_mean", "The metric over the time that its baseline was learnt from.")
BASELINE_STD = _family("baseline_std", "Standard deviation of the metric from bucket to bucket of its baseline.")
BASELINE_OUTCOMES = _family("baseline_outcomes", "Outcomes (requests, for serving metrics) that the baseline rests on.")
Z_SCORE = _family(
    "z_score",
    "Distance of the metric in the shortest window from its baseline, in standard deviations of its buckets.",
)
CHANGE_RATIO = _family(
    "change_ratio", "Change of the metric in the shortest window against its baseline, as a share of the baseline."
)
DEGRADATION_DETECTED = _family(
    "degradation_detected", "1 while the evidence of the detector reaches its threshold.", "detector"
)
LOG10_EVIDENCE = _family(
    "degradation_log10_evidence", "Evidence of the detector that the metric has degraded, as a power of 10.", "detector"
)
LOG10_THRESHOLD = _family(
    "degradation_log10_threshold", "The evidence that the detector needs, as a power of 10.", "detector"
)
VOTES = _family("degradation_votes", "Detectors that say that the metric has degraded. What pages is ml_degraded.")
DEGRADED = _family(
    "degraded",
    "1 while the metric is worse than its baseline, beyond doubt: set by the detectors that page, together, over all"
    " series; cleared when the metric has been back for a while. Missing data and restarts change nothing.",
)
ALARMS = _family(
    "degradation_alarms_total", "Times that the metric was found degraded since the store was made.", kind="counter"
)
CHANGE_POINT = _family(
    "change_point_timestamp_seconds", "When the metric most likely changed for the worse, as far as there is evidence."
)
TREND = _family("trend_per_day", "Slope of the metric over the last days (Theil-Sen), in its own unit a day.")
CROSSING = _family(
    "objective_crossing_timestamp_seconds", "When the metric will miss its objective if its trend goes on."
)
ANOMALY_SCORE = Family(
    "ml_anomaly_score",
    "gauge",
    "How unusual the last closed hour was, all judged metrics and volumes together: above 1 more than a healthy model"
    " shows in false_alarm_every. It describes; what pages is ml_degraded.",
    series_labels(window=False),
    _AREA,
)
FAMILIES = (
    ANOMALY_SCORE,
    OBJECTIVE,
    OBJECTIVE_BREACHED,
    BASELINE_READY,
    BASELINE_MEAN,
    BASELINE_STD,
    BASELINE_OUTCOMES,
    Z_SCORE,
    CHANGE_RATIO,
    DEGRADATION_DETECTED,
    LOG10_EVIDENCE,
    LOG10_THRESHOLD,
    VOTES,
    DEGRADED,
    ALARMS,
    CHANGE_POINT,
    TREND,
    CROSSING,
)
