"""The tree of routes: which receivers hear of an alert, by its severity, its model's owner and its model's team."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.escalation import NAME as ESCALATED
from ml_exporter.bundle.alerts.exporter import WATCHDOG
from ml_exporter.config import NOBODY, Monitoring, Severity, SeverityRoutes

BUSINESS_HOURS = "business-hours"
"""The name of the time interval in which people are at work."""

_SEVERITIES: tuple[Severity, ...] = tuple(reversed(get_args(Severity)))
"""The gravest first."""

Route = dict[str, Any]


@dataclass(frozen=True)
class RouteCase:
    """What Alertmanager's own tool must find."""

    labels: Mapping[str, str]
    receivers: Sequence[str]


def route_tree(monitoring: Monitoring) -> Route:
    """Return Alertmanager's ``route``.

    An alert goes down the list until a route takes it. What is told as well (owners) goes on; what takes over (the
    watchdog, escalated alerts, teams) does not.
    """
    timing = monitoring.alerting.timing
    return {
        "receiver": NOBODY,
        "group_by": ["alertname", "model_name"],
        "group_wait": str(timing.group_wait),
        "group_interval": str(timing.group_interval),
        "repeat_interval": str(timing.repeat_interval),
        "routes": [
            _watchdog(monitoring),
            *_escalated(monitoring),
            *_owners(monitoring),
            *_teams(monitoring),
            *_severities(monitoring),
        ],
    }


def _watchdog(monitoring: Monitoring) -> Route:
    route: Route = {"receiver": NOBODY, "matchers": [f'alertname="{WATCHDOG}"']}
    told = monitoring.alerting.routes.watchdog
    if told:
        interval = str(monitoring.alerting.timing.watchdog_interval)
        often = {"group_wait": "0s", "group_interval": interval, "repeat_interval": interval}
        route |= {**often, "routes": [{"receiver": receiver, "continue": True} for receiver in told]}
    return route


def _escalated(monitoring: Monitoring) -> Iterator[Route]:
    tiers = [
        {"receiver": receiver, "matchers": [f'tier="{tier}"'], "continue": True}
        for tier, settings in enumerate(monitoring.alerting.escalation, start=1)
        for receiver in settings.receivers
    ]
    if tiers:
        yield {"receiver": NOBODY, "matchers": [f'alertname="{ESCALATED}"'], "routes": tiers}


def _owners(monitoring: Monitoring) -> Iterator[Route]:
    for owner, routes in monitoring.alerting.routes.owners.items():
        for severity in _SEVERITIES:
            for receiver in _of(routes, severity) or ():
                yield _told(monitoring, receiver, severity, f'owner="{owner}"')


def _teams(monitoring: Monitoring) -> Iterator[Route]:
    for team, routes in monitoring.alerting.routes.teams.items():
        for severity in _SEVERITIES:
            receivers = _of(routes, severity)
            if receivers is not None:
                told = [_told(monitoring, receiver, severity) for receiver in receivers]
                yield {
                    "receiver": NOBODY,
                    "matchers": [f'severity="{severity}"', f'team="{team}"'],
                    **({"routes": told} if told else {}),
                }


def _severities(monitoring: Monitoring) -> Iterator[Route]:
    for severity in _SEVERITIES:
        for receiver in getattr(monitoring.alerting.routes, severity):
            yield _told(monitoring, receiver, severity)


def _of(routes: SeverityRoutes, severity: Severity) -> list[str] | None:
    receivers: list[str] | None = getattr(routes, severity)
    return receivers


def _told(monitoring: Monitoring, receiver: str, severity: Severity, *matchers: str) -> Route:
    """Return the route of a severity to a receiver, at business hours where it waits for them."""
    hours = monitoring.alerting.business_hours
    waits = {"active_time_intervals": [BUSINESS_HOURS]} if hours and severity in hours.severities else {}
    return {
        "receiver": receiver,
        "matchers": [f'severity="{severity}"', *matchers],
        "continue": True,
        **waits,
        # an inner route does not take the intervals of the one around it
        "routes": [{**route, **waits} for route in _groupings()],
    }


def _groupings() -> list[Route]:
    """Return the routes of alerts that are told together over models: one cause, one message."""
    alerts_of: dict[tuple[str, ...], list[str]] = {}
    for group in alert_groups():
        for alert, labels in group.told_together.items():
            alerts_of.setdefault(labels, []).append(alert)
    return [
        {"matchers": [f'alertname=~"{"|".join(alerts)}"'], "group_by": list(labels)}
        for labels, alerts in sorted(alerts_of.items())
    ]


def route_cases(monitoring: Monitoring) -> list[RouteCase]:
    """Return who must be told of an alert: of every severity, team and owner, every tier, and the watchdog."""
    routes = monitoring.alerting.routes
    cases = [RouteCase({"alertname": WATCHDOG, "severity": "none"}, routes.watchdog or [NOBODY])]
    for tier, settings in enumerate(monitoring.alerting.escalation, start=1):
        for severity in settings.severities:
            labels = {"alertname": ESCALATED, "severity": severity, "tier": str(tier)}
            cases.append(RouteCase(labels, settings.receivers))
    for owner in (None, *routes.owners):
        for team in (None, *routes.teams):
            cases += [_case(monitoring, severity, owner, team) for severity in _SEVERITIES]
    return cases


def _case(monitoring: Monitoring, severity: Severity, owner: str | None, team: str | None) -> RouteCase:
    routes = monitoring.alerting.routes
    labels: dict[str, str] = {"severity": severity}
    as_well: list[str] = []
    told: list[str] = getattr(routes, severity)
    if owner is not None:
        labels["owner"] = owner
        as_well = _of(routes.owners[owner], severity) or []
    if team is not None:
        labels["team"] = team
        of_team = _of(routes.teams[team], severity)
        told = told if of_team is None else of_team or [NOBODY]
    return RouteCase(labels, [*as_well, *told] or [NOBODY])
