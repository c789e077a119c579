"""alertmanager.yml and its message templates."""

from collections.abc import Iterable
from importlib import resources
from pathlib import PurePosixPath
from typing import Any

from ml_exporter import catalogue
from ml_exporter.bundle.alerts.exporter import DOWN, WATCHDOG
from ml_exporter.bundle.alerts.feeds import NAME as FEED_STALLED
from ml_exporter.bundle.alerts.objectives import NAME as OBJECTIVE_BREACHED
from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.receivers import receiver_kinds
from ml_exporter.config import Monitoring

NOBODY = "nobody"
"""The receiver of what nobody is to be told."""

_SEVERITIES = ("critical", "warning", "info")


def route_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make alertmanager.yml and the templates that its receivers use."""
    about = (
        "Alertmanager: who is told of what.\n"
        "Paths of secrets start from this file's folder: the configuration's own folder is the one above."
    )
    yield yaml_file("alertmanager/alertmanager.yml", "routes", _content(monitoring), source=source, about=about)
    template = resources.files("ml_exporter.bundle").joinpath("ml_exporter.tmpl").read_text(encoding="utf-8")
    yield GeneratedFile("alertmanager/templates/ml_exporter.tmpl", template, "routes")


def secret_path(path: str) -> str:
    """Return the path of a secret as alertmanager.yml names it: one folder further down than the configuration."""
    return path if PurePosixPath(path).is_absolute() else str(PurePosixPath("..") / path)


def _content(monitoring: Monitoring) -> dict[str, Any]:
    return {
        "templates": ["templates/*.tmpl"],
        "route": _route(monitoring),
        "inhibit_rules": _inhibitions(),
        "receivers": [{"name": NOBODY}, *_receivers(monitoring)],
    }


def _route(monitoring: Monitoring) -> dict[str, Any]:
    timing = monitoring.alerting.timing
    severities = [
        {
            "receiver": receiver,
            "matchers": [f'severity="{severity}"'],
            "continue": True,
            "routes": [{"matchers": [f'alertname="{DOWN}"'], "group_by": ["alertname"]}],
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


def _inhibitions() -> list[dict[str, Any]]:
    """One incident, one page. Every label of ``equal`` is one that both sides are sure to have."""
    return [
        {
            "source_matchers": [f'alertname="{DOWN}"'],
            "target_matchers": [f'alertname!~"{DOWN}|{WATCHDOG}"', 'model_name!=""'],
            "equal": ["model_name"],
        },
        {
            "source_matchers": [f'alertname="{FEED_STALLED}"'],
            "target_matchers": [f'alertname="{OBJECTIVE_BREACHED}"', f'metric!~"{_waits_for_no_label()}"'],
            "equal": ["model_name"],
        },
        {
            "source_matchers": ['severity="critical"', 'metric!=""'],
            "target_matchers": ['severity=~"warning|info"', 'metric!=""'],
            "equal": ["model_name", "model_version", "metric"],
        },
    ]


def _waits_for_no_label() -> str:
    """Return the metrics that stay known while labels are missing, as a regular expression."""
    return "|".join(metric.id for metric in catalogue.metrics() if metric.clock == "prediction")


def _receivers(monitoring: Monitoring) -> list[dict[str, Any]]:
    kinds = receiver_kinds()
    return [
        {"name": receiver.name, **kinds[receiver.kind].configuration(receiver.options, secret_path)}
        for receiver in monitoring.alerting.receivers
    ]
