"""A plain webhook: Alertmanager's own JSON, posted to an address. A dead man's switch is one, too."""

from typing import Any

from pydantic import Field

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath
from ml_exporter.config import Section


class WebhookSettings(Section):
    """An address that takes Alertmanager's JSON."""

    url_file: str
    """The file that holds the address, relative to the configuration file."""

    token_file: str | None = None
    """The file that holds a bearer token, where the address asks for one."""

    send_resolved: bool = True
    """Whether it is told that an alert is over."""

    max_alerts: int = Field(default=0, ge=0)
    """How many alerts of a group are sent at most, 0: all."""


def _configuration(settings: WebhookSettings, secret_path: SecretPath) -> dict[str, Any]:
    authorization = {}
    if settings.token_file is not None:
        credentials = {"type": "Bearer", "credentials_file": secret_path(settings.token_file)}
        authorization = {"http_config": {"authorization": credentials}}
    return {
        "webhook_configs": [
            {
                "url_file": secret_path(settings.url_file),
                "send_resolved": settings.send_resolved,
                "max_alerts": settings.max_alerts,
                **authorization,
            }
        ]
    }


RECEIVER = ReceiverKind("webhook", WebhookSettings, _configuration)
