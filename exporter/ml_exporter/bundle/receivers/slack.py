"""Slack, by an incoming webhook."""

from typing import Any

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath
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
    "Model": "model",
    "Version": "version",
}
"""Heading to template."""


def _configuration(settings: SlackSettings, secret_path: SecretPath) -> dict[str, Any]:
    return {
        "slack_configs": [
            {
                "api_url_file": secret_path(settings.url_file),
                "channel": settings.channel,
                "send_resolved": True,
                "color": _template("color"),
                "title": _template("title"),
                "title_link": _template("dashboard_url"),
                "text": _template("text"),
                "fallback": _template("title"),
                "fields": [
                    {"title": heading, "value": _template(name), "short": True} for heading, name in _FIELDS.items()
                ],
            }
        ]
    }


def _template(name: str) -> str:
    return f'{{{{ template "ml_exporter.slack.{name}" . }}}}'


RECEIVER = ReceiverKind("slack", SlackSettings, _configuration)
