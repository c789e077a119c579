"""Opsgenie, and Jira Service Management, which takes the same requests."""

from typing import Any, Literal

from pydantic import Field

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath, template
from ml_exporter.config import Section
from ml_exporter.config.names import PageAddress


class Responder(Section):
    """Who is responsible for an alert."""

    name: str = Field(min_length=1)
    """The name of a team, a schedule or an escalation; a user's address."""

    type: Literal["team", "teams", "user", "escalation", "schedule"] = "team"
    """What it is."""


class OpsgenieSettings(Section):
    """An integration of Opsgenie."""

    key_file: str
    """The file that holds the integration's API key, relative to the configuration file."""

    address: PageAddress = "https://api.opsgenie.com/"
    """Where alerts are sent to; `https://api.eu.opsgenie.com/` in Europe, and for Jira Service Management
    `https://api.atlassian.com/jsm/ops/integration/`."""

    responders: list[Responder] = Field(default=[])
    """Who is responsible; by default what the integration says."""


_DETAILS = {
    "severity": "severity",
    "model": "model",
    "version": "version",
    "metric": "metric",
    "current value": "value",
    "threshold": "threshold",
}
"""Name of a detail to template."""


def _configuration(settings: OpsgenieSettings, secret_path: SecretPath) -> dict[str, Any]:
    named = {"user": "username"}
    responders = [
        {named.get(responder.type, "name"): responder.name, "type": responder.type} for responder in settings.responders
    ]
    return {
        "opsgenie_configs": [
            {
                "api_key_file": secret_path(settings.key_file),
                "api_url": settings.address,
                "send_resolved": True,
                "message": template("title"),
                "description": template("opsgenie.description"),
                "source": template("dashboard_url"),
                "priority": template("opsgenie.priority"),
                "details": {name: template(source) for name, source in _DETAILS.items()},
                **({"responders": responders} if responders else {}),
            }
        ]
    }


RECEIVER = ReceiverKind("opsgenie", OpsgenieSettings, _configuration, ("common", "opsgenie"))
