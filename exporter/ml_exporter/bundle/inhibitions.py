"""Which alerts keep which others quiet: one incident, one page.

Alertmanager takes a label of ``equal`` that is missing on both sides for equal, so the matchers make sure that both
sides have it.
"""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import degradation, exporter, feeds, objectives

_EXPORTER = f"{exporter.DOWN}|{exporter.STALLED}"


def inhibitions() -> list[dict[str, Any]]:
    """Return Alertmanager's ``inhibit_rules``."""
    return [*_exporter_over_all(), *_feed_over_quality(), *_graver_over_milder()]


def _exporter_over_all() -> list[dict[str, Any]]:
    """Without an exporter nothing else about its models is news."""
    return [
        {
            "source_matchers": [f'alertname="{exporter.DOWN}"', 'model_name!=""'],
            "target_matchers": [f'alertname!="{exporter.DOWN}"', 'model_name!=""'],
            "equal": ["model_name"],
        },
        {
            "source_matchers": [f'alertname="{exporter.STALLED}"', 'model_name!=""'],
            "target_matchers": [f'alertname!~"{_EXPORTER}"', 'model_name!=""'],
            "equal": ["model_name"],
        },
    ]


def _feed_over_quality() -> list[dict[str, Any]]:
    """A model of which no labels come is not judged on its quality; without predictions, on nothing."""
    stalled, breached = f'alertname="{feeds.NAME}"', f'alertname=~"{objectives.NAME}|{degradation.NAME}"'
    return [
        {
            "source_matchers": [stalled, 'events="labels"', 'model_name!=""'],
            "target_matchers": [breached, f'metric!~"{_waits_for_no_label()}"', 'model_name!=""'],
            "equal": ["model_name"],
        },
        {
            "source_matchers": [stalled, 'events!="labels"', 'model_name!=""'],
            "target_matchers": [breached, 'model_name!=""'],
            "equal": ["model_name"],
        },
    ]


def _waits_for_no_label() -> str:
    """Return the metrics that stay known while labels are missing, as a regular expression."""
    return "|".join(dict.fromkeys(metric.id for metric in catalogue.metrics() if metric.clock == "prediction"))


def _graver_over_milder() -> list[dict[str, Any]]:
    """The same metric of the same version is told once, with its highest severity."""
    return [
        {
            "source_matchers": [f'severity="{graver}"', 'metric!=""'],
            "target_matchers": [f'severity=~"{milder}"', 'metric!=""'],
            "equal": ["model_name", "model_version", "metric"],
        }
        for graver, milder in (("critical", "warning|info"), ("warning", "info"))
    ]
