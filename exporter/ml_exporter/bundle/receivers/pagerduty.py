"""PagerDuty, by an integration with its events API, version 2."""

from typing import Any

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath, template
from ml_exporter.config import Section
from ml_exporter.config.names import PageAddress


class PagerDutySettings(Section):
    """A service of PagerDuty. How an incident escalates there is PagerDuty's own."""

    routing_key_file: str
    """The file that holds the integration key (Events API v2), relative to the configuration file."""

    address: PageAddress = "https://events.pagerduty.com/v2/enqueue"
    """Where events are sent to."""


_DETAILS = {
    "severity": "severity",
    "model and version": "pagerduty.version",
    "metric": "metric",
    "current value": "value",
    "threshold": "threshold",
    "description": "pagerduty.description",
    "time": "time",
}
"""Name of a detail to template."""

_LINKS = {"Dashboard": "dashboard_url", "Runbook": "runbook_url", "Silence": "silence_url"}
"""Text of a link to the template of its address."""


def _configuration(settings: PagerDutySettings, secret_path: SecretPath) -> dict[str, Any]:
    return {
        "pagerduty_configs": [
            {
                "routing_key_file": secret_path(settings.routing_key_file),
                "url": settings.address,
                "send_resolved": True,
                "client": "ml-exporter",
                "client_url": template("dashboard_url"),
                "description": template("title"),
                "severity": template("pagerduty.severity"),
                "component": template("pagerduty.component"),
                "class": template("metric"),
                "details": {name: template(source) for name, source in _DETAILS.items()},
                "links": [{"href": template(source), "text": text} for text, source in _LINKS.items()],
            }
        ]
    }


RECEIVER = ReceiverKind("pagerduty", PagerDutySettings, _configuration, ("common", "pagerduty"))
