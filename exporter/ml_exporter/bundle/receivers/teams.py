"""Microsoft Teams, by a workflow that posts what a webhook receives."""

from typing import Any

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath, template
from ml_exporter.config import Section


class TeamsSettings(Section):
    """A channel of Microsoft Teams."""

    url_file: str
    """The file that holds the address of the workflow "Post to a channel when a webhook request is received", relative
    to the configuration file."""


def _configuration(settings: TeamsSettings, secret_path: SecretPath) -> dict[str, Any]:
    return {
        "msteamsv2_configs": [
            {
                "webhook_url_file": secret_path(settings.url_file),
                "send_resolved": True,
                "title": template("teams.title"),
                "text": template("teams.text"),
            }
        ]
    }


RECEIVER = ReceiverKind("teams", TeamsSettings, _configuration, ("common", "teams"))
