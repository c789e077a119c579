"""Which alerts keep which others quiet: one incident, one page.

Alertmanager takes a label of ``equal`` that is missing on both sides for equal, so the matchers make sure that both
sides have it.
"""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import RestsOn, alert_groups, exporter, feeds
from ml_exporter.bundle.alerts.escalation import ESCALATED_ALERT

_EXPORTER = f"{exporter.DOWN}|{exporter.STALLED}"


def inhibitions(*, escalates: bool = False) -> list[dict[str, Any]]:
    """Return Alertmanager's ``inhibit_rules``.

    Args:
        escalates: whether alerts are told of a second time, under another name, when they have been firing for long:
            what keeps the first one quiet keeps the second one quiet, and none its own.
    """
    return [
        *_exporter_over_all(escalates=escalates),
        *_feed_over_what_rests_on_it(escalates=escalates),
        *_graver_over_milder(),
    ]


def _exporter_over_all(*, escalates: bool) -> list[dict[str, Any]]:
    """Without an exporter nothing else about its models is news."""
    names = _names(escalates=escalates)
    return [
        {
            "source_matchers": [f'alertname="{exporter.DOWN}"', 'model_name!=""'],
            "target_matchers": [*(f'{name}!="{exporter.DOWN}"' for name in names), 'model_name!=""'],
            "equal": ["model_name"],
        },
        {
            "source_matchers": [f'alertname="{exporter.STALLED}"', 'model_name!=""'],
            "target_matchers": [*(f'{name}!~"{_EXPORTER}"' for name in names), 'model_name!=""'],
            "equal": ["model_name"],
        },
    ]


def _names(*, escalates: bool) -> tuple[str, ...]:
    """Return the labels that an alert's name may stand in."""
    return ("alertname", ESCALATED_ALERT) if escalates else ("alertname",)


def _feed_over_what_rests_on_it(*, escalates: bool) -> list[dict[str, Any]]:
    """A model of which no labels come is not judged on its quality; without predictions, on its inputs neither."""
    stalled = f'alertname="{feeds.NAME}"'
    on_labels, on_either = _resting_on("labels"), _resting_on("labels", "predictions")
    return [
        {
            "source_matchers": [stalled, f'events{comparison}"labels"', 'model_name!=""'],
            "target_matchers": [f'{name}=~"{resting}"', *spared, 'model_name!=""'],
            "equal": ["model_name"],
        }
        for comparison, resting, spared in (
            ("=", on_labels, [f'metric!~"{_waits_for_no_label()}"']),
            ("!=", on_either, []),
        )
        for name in _names(escalates=escalates)
    ]


def _resting_on(*events: RestsOn) -> str:
    """Return the names of the alerts that rest on events, as a regular expression."""
    resting = {name: on for group in alert_groups() for name, on in group.rests_on.items()}
    return "|".join(sorted(name for name, on in resting.items() if on in events))


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
