"""alertmanager.yml and its message templates."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.exporter import WATCHDOG
from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.inhibitions import inhibitions
from ml_exporter.bundle.receivers import receiver_kinds
from ml_exporter.config import Monitoring

NOBODY = "nobody"
"""The receiver of what nobody is to be told."""

_SEVERITIES = ("critical", "warning", "info")


def route_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make alertmanager.yml and the templates that its receivers use."""
    about = (
        "Alertmanager: who is told of what.\n"
        "Routes: by severity, then one message per cause. What no route names is shown, but told to nobody.\n"
        "Inhibited: everything about a model whose exporter is down or stuck; the quality of a model whose feed has\n"
        "stalled; a milder alert about the same metric.\n"
        "Paths of secrets start from this file's folder: the configuration's own folder is the one above."
    )
    yield yaml_file("alertmanager/alertmanager.yml", "routes", _content(monitoring), source=source, about=about)
    used = {receiver.kind for receiver in monitoring.alerting.receivers}
    for name, kind in sorted(receiver_kinds().items()):
        if name in used:
            yield GeneratedFile(f"alertmanager/templates/{name}.tmpl", kind.template(), "routes")


def secret_path(path: str) -> str:
    """Return the path of a secret as alertmanager.yml names it: one folder further down than the configuration."""
    return path if PurePosixPath(path).is_absolute() else str(PurePosixPath("..") / path)


def _content(monitoring: Monitoring) -> dict[str, Any]:
    return {
        "templates": ["templates/*.tmpl"],
        "route": _route(monitoring),
        "inhibit_rules": inhibitions(),
        "receivers": [{"name": NOBODY}, *_receivers(monitoring)],
    }


def _route(monitoring: Monitoring) -> dict[str, Any]:
    timing = monitoring.alerting.timing
    severities = [
        {
            "receiver": receiver,
            "matchers": [f'severity="{severity}"'],
            "continue": True,
            "routes": _groupings(),
        }
        for severity in _SEVERITIES
        for receiver in getattr(monitoring.alerting.routes, severity)
    ]
    return {
        "receiver": NOBODY,
        "group_by": ["alertname", "model_name"],
        "group_wait": str(timing.group_wait),
        "group_interval": str(timing.group_interval),
        "repeat_interval": str(timing.repeat_interval),
        "routes": [{"receiver": NOBODY, "matchers": [f'alertname="{WATCHDOG}"']}, *severities],
    }


def _groupings() -> list[dict[str, Any]]:
    """Return the routes of alerts that are told together over models: one cause, one message."""
    alerts_of: dict[tuple[str, ...], list[str]] = {}
    for group in alert_groups():
        for alert, labels in group.told_together.items():
            alerts_of.setdefault(labels, []).append(alert)
    return [
        {"matchers": [f'alertname=~"{"|".join(alerts)}"'], "group_by": list(labels)}
        for labels, alerts in sorted(alerts_of.items())
    ]


def _receivers(monitoring: Monitoring) -> list[Mapping[str, Any]]:
    kinds = receiver_kinds()
    return [
        {"name": receiver.name, **kinds[receiver.kind].configuration(receiver.options, secret_path)}
        for receiver in monitoring.alerting.receivers
    ]
