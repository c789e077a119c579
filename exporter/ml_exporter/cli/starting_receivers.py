"""The receivers of a monitoring.yml that somebody starts with: the kinds that there are, each with what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Starting:
    """How a kind of receiver begins."""

    lines: Callable[[str], list[str]]
    """From what was told of it, as YAML, to its lines."""

    usual: str
    """What stands there where nothing was told."""

    wants: str
    """What may be told, for people; empty: nothing."""


def _slack(channel: str) -> list[str]:
    return [
        "# The file holds the URL of Slack's incoming webhook.",
        f"slack: {{url_file: secrets/slack-url, channel: {channel}}}",
    ]


def _pagerduty(_: str) -> list[str]:
    return [
        "# The file holds the integration key of the service (Events API v2).",
        "pagerduty: {routing_key_file: secrets/pagerduty-key}",
    ]


def _email(mailbox: str) -> list[str]:
    return [
        "# A server that asks for a login: user: ..., password_file: secrets/mail-password",
        "email:",
        f"  to: [{mailbox}]",
        f"  sender: {mailbox}",
        '  server: "localhost:25"',
        "  # Mail to a server on this machine needs no encryption; anywhere else, leave this out.",
        "  require_tls: false",
    ]


def _teams(_: str) -> list[str]:
    return [
        '# The file holds the address of the workflow "Post to a channel when a webhook request is received".',
        "teams: {url_file: secrets/teams-url}",
    ]


def _opsgenie(_: str) -> list[str]:
    return [
        "# The file holds the API key of the integration.",
        "opsgenie: {key_file: secrets/opsgenie-key}",
    ]


def _webhook(_: str) -> list[str]:
    return [
        "# The file holds the address that alerts are posted to, as JSON.",
        "webhook: {url_file: secrets/webhook-url}",
    ]


STARTING: Mapping[str, Starting] = {
    "slack": Starting(_slack, "#ml-alerts", "CHANNEL"),
    "pagerduty": Starting(_pagerduty, "", ""),
    "email": Starting(_email, "ml-team@example.org", "ADDRESS"),
    "teams": Starting(_teams, "", ""),
    "opsgenie": Starting(_opsgenie, "", ""),
    "webhook": Starting(_webhook, "", ""),
}
"""Kind to how it begins."""
