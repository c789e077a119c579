"""Slack, by an incoming webhook."""

from typing import Any

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath, template
from ml_exporter.config import Section


class SlackSettings(Section):
    """A Slack channel."""

    url_file: str
    """The file that holds the webhook's URL, relative to the configuration file."""

    channel: str
    """The channel: `#ml-alerts`."""


_FIELDS = {
    "Severity": "severity",
    "Metric": "metric",
    "Current value": "value",
    "Threshold": "threshold",
    "Model": "slack.model",
    "Version": "slack.version",
}
"""Heading to template."""


def _configuration(settings: SlackSettings, secret_path: SecretPath) -> dict[str, Any]:
    return {
        "slack_configs": [
            {
                "api_url_file": secret_path(settings.url_file),
                "channel": settings.channel,
                "send_resolved": True,
                "color": template("slack.color"),
                "title": template("slack.title"),
                "title_link": template("dashboard_url"),
                "text": template("slack.text"),
                "fallback": template("slack.title"),
                "fields": [
                    {"title": heading, "value": template(name), "short": True} for heading, name in _FIELDS.items()
                ],
            }
        ]
    }


RECEIVER = ReceiverKind("slack", SlackSettings, _configuration, ("common", "slack"))
