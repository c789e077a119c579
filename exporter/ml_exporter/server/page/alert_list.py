"""The active alerts, as Alertmanager has them."""

from html import escape

from ml_exporter.server.alertmanager import Answer
from ml_exporter.server.api.alerts import ActiveAlert, ours
from ml_exporter.server.page.words import when
from ml_exporter.snapshot import Observation

_MOST_ALERTS = 20
_HEADING = "<h2>Active alerts</h2>"


def alert_list(observation: Observation, answer: Answer | None) -> str:
    """Return the section of active alerts; ``None``: Alertmanager has not answered yet."""
    if observation.monitoring.alerting.alertmanager is None:
        return _HEADING + '<p class="quiet">No Alertmanager is configured: set <code>alerting.alertmanager</code>.</p>'
    if answer is None:
        return _HEADING + '<p class="quiet">Alertmanager is being asked.</p>'
    if answer.problem is not None:
        return _HEADING + f'<p class="doubt">{escape(answer.problem)}.</p>'
    found = ours(answer.alerts, observation.monitoring)
    if not found:
        return _HEADING + '<p class="quiet">None.</p>'
    rows = "".join(_alert(one, observation.at) for one in found[:_MOST_ALERTS])
    more = f'<p class="quiet">and {len(found) - _MOST_ALERTS} more</p>' if len(found) > _MOST_ALERTS else ""
    return f'<h2>Active alerts ({len(found)})</h2><ul class="alerts">{rows}</ul>{more}'


def _alert(alert: ActiveAlert, at: float) -> str:
    severity = alert.severity if alert.severity in ("critical", "warning") else "info"
    links = "".join(
        f' <a href="{escape(address)}" rel="noreferrer">{name}</a>'
        for name, address in (("Runbook", alert.runbook_url), ("Dashboard", alert.dashboard_url))
        if address is not None and address.startswith(("http://", "https://"))
    )
    silenced = " (silenced or inhibited)" if alert.state == "suppressed" else ""
    return (
        f'<li class="{severity}"><span class="severity">{escape(alert.severity or "info")}</span>'
        f" <b>{escape(alert.summary or alert.name)}</b>"
        f' <span class="quiet">{escape(alert.name)}{silenced}, since {when(alert.since, at)}</span>{links}</li>'
    )
