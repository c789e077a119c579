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


def _configuration(settings: SlackSettings, secret_path: SecretPath) -> dict[str, Any]:
    def field(title: str, template: str, *, short: bool = True) -> dict[str, Any]:
        return {"title": title, "value": f'{{{{ template "ml_exporter.{template}" . }}}}', "short": short}

    return {
        "slack_configs": [
            {
                "api_url_file": secret_path(settings.url_file),
                "channel": settings.channel,
                "send_resolved": True,
                "color": '{{ template "ml_exporter.slack.color" . }}',
                "title": '{{ template "ml_exporter.title" . }}',
                "title_link": '{{ template "ml_exporter.dashboard_url" . }}',
                "text": '{{ template "ml_exporter.slack.text" . }}',
                "fallback": '{{ template "ml_exporter.title" . }}',
                "fields": [
                    field("Severity", "severity"),
                    field("Metric", "metric"),
                    field("Current value", "value"),
                    field("Threshold", "threshold"),
                    field("Model", "model"),
                    field("Version", "version"),
                ],
                "actions": [
                    _button("Dashboard", "dashboard_url"),
                    _button("Runbook", "runbook_url"),
                    _button("Query", "query_url"),
                    _button("Silence", "silence_url"),
                ],
            }
        ]
    }


def _button(text: str, template: str) -> dict[str, str]:
    return {"type": "button", "text": text, "url": f'{{{{ template "ml_exporter.{template}" . }}}}'}


RECEIVER = ReceiverKind("slack", SlackSettings, _configuration)
