"""Alerts: those of Alertmanager that are about the models of this exporter, or about the exporter itself."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.exporter import WATCHDOG
from ml_exporter.config import Monitoring
from ml_exporter.server.alertmanager import Alert
from ml_exporter.server.api import choosing
from ml_exporter.server.api.resource import JSON, NOT_KEPT, NotFound, Refusal, Resource, Sources
from ml_exporter.server.sending import send
from ml_exporter.snapshot import Exposition

_SEVERITIES = ("critical", "warning", "info")
_MOST = 500
"""So many alerts are told, the gravest first."""


class NoAnswer(Refusal):
    """Alertmanager does not answer; the message says how."""

    status = 502


class ActiveAlert(msgspec.Struct):
    """An alert that fires."""

    name: str
    severity: str | None
    state: Annotated[str, Meta(description="`active`; `suppressed`: silenced or inhibited; `unprocessed`.")]
    model_name: Annotated[str | None, Meta(description="null: it is about the exporter or its machine.")]
    model_version: str | None
    metric: str | None
    summary: str
    description: str
    since: Annotated[float, Meta(description="When it began, seconds since the epoch.")]
    runbook_url: str | None
    dashboard_url: str | None
    labels: dict[str, str]


class AlertsAnswer(msgspec.Struct):
    """The alerts that fire, the gravest first."""

    alertmanager: str
    alerts: list[ActiveAlert]


def ours(alerts: Iterable[Alert], monitoring: Monitoring) -> list[ActiveAlert]:
    """Return the alerts about the configured models and about the exporter, the gravest and newest first."""
    models = {model.name for model in monitoring.models}
    own = [alert for alert in alerts if _is_ours(alert, models)]
    return sorted(map(_told, own), key=lambda alert: (_gravity(alert.severity), -alert.since, alert.name))[:_MOST]


def _is_ours(alert: Alert, models: set[str]) -> bool:
    model = alert.labels.get("model_name")
    return model in models if model is not None else alert.labels.get("alertname") in _of_the_exporter()


@cache
def _of_the_exporter() -> frozenset[str]:
    return frozenset(name for group in alert_groups() for name in group.meaning) - {WATCHDOG}


def _gravity(severity: str | None) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)


def _told(alert: Alert) -> ActiveAlert:
    labels, annotations = alert.labels, alert.annotations
    return ActiveAlert(
        name=labels.get("alertname", ""),
        severity=labels.get("severity"),
        state=alert.status.state,
        model_name=labels.get("model_name"),
        model_version=labels.get("model_version"),
        metric=labels.get("metric"),
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        since=alert.starts_at.timestamp(),
        runbook_url=annotations.get("runbook_url"),
        dashboard_url=annotations.get("dashboard_url"),
        labels=labels,
    )


async def _handle(sources: Sources, request: Request, given: Mapping[str, str]) -> Response:
    monitoring = sources.snapshot().observation.monitoring
    address = monitoring.alerting.alertmanager
    if address is None:
        raise NotFound("no Alertmanager is configured; set alerting.alertmanager to its address")
    answer = await sources.alertmanager.active(address)
    if answer is None or answer.problem is not None:
        raise NoAnswer(answer.problem if answer is not None and answer.problem else f"{address} does not answer")
    wanted = given.get("model_name")
    alerts = [alert for alert in ours(answer.alerts, monitoring) if wanted in (None, alert.model_name)]
    content = msgspec.json.encode(AlertsAnswer(address, alerts))
    return send(request, Exposition.of(content), JSON, headers=NOT_KEPT)


RESOURCE = Resource(
    path="alerts",
    about="The alerts that fire, as Alertmanager has them: those about the models of this exporter, and those about the"
    " exporter and its machine. Alertmanager is asked when somebody asks here, at most every five seconds.",
    parameters={"model_name": choosing.MODEL_NAME},
    answers=AlertsAnswer,
    handle=_handle,
    failures={
        404: "No Alertmanager is configured (`alerting.alertmanager`).",
        502: "Alertmanager does not answer; the message says how.",
    },
)
