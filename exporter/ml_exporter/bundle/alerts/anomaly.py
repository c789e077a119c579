"""A model behaves unusually as a whole, whatever its single metrics say."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group
from ml_exporter.bundle.alerts.told import told, value
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.promql import number
from ml_exporter.config import Monitoring

UNUSUAL = AlertKind(
    "MLModelUnusual",
    "All judged metrics and volumes of a version together are more unusual than a healthy model's are once in"
    " `detection.false_alarm_every`: the anomaly score is above the threshold.",
    severity="info",
    threshold=1,
    rests_on="labels",
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [
        _condition(watched)
        for watched in watched_models(monitoring)
        if monitoring.detection.enabled
        and watched.model.judged_metrics
        and watched.model.switches.anomaly_detection is not False
    ]


def _condition(watched: WatchedModel) -> Condition:
    most = watched.threshold(UNUSUAL)
    score, (requests, counted) = value(most + 1), watched.requests(watched.shortest)
    return Condition(
        UNUSUAL,
        f"{watched.largest('ml_anomaly_score')} > {number(most)}",
        watched.labels,
        watched.brought,
        watched.annotations(
            UNUSUAL,
            told("it behaves unusually"),
            told(
                "{}: the last closed hour is unusual, its metrics and volumes together: score {}, on {} in the last"
                f" {watched.shortest}; a healthy model stays below {number(most)}.",
                watched.subject,
                score,
                requests,
            ),
            value=score,
            limit=f"at most {number(most)}",
            window=watched.shortest,
            further={"events": requests},
        ),
        [watched.sample("ml_anomaly_score", most, most + 1), counted],
    )


GROUP = alert_group(
    "anomaly",
    "Anomalies: a model behaves unusually as a whole.",
    [UNUSUAL],
    _conditions,
    area="anomaly",
)
