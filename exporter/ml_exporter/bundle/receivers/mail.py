"""Email, by a mail server of one's own."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ml_exporter.bundle.receivers import ReceiverKind, SecretPath, template
from ml_exporter.config import Section
from ml_exporter.config.base import Wrong
from ml_exporter.config.names import HostAndPort


def _mailbox(value: str) -> str:
    if value.count("@") != 1 or value.startswith("@") or value.endswith("@") or any(c in value for c in "\r\n,"):
        raise ValueError("is no address of a mailbox; write for example ml-team@example.org")
    return value


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class EmailSettings(Section):
    """Mailboxes, and the server that takes mail for them."""

    to: list[Mailbox] = Field(min_length=1)
    """Who is written to."""

    sender: Mailbox
    """Who writes: the address in `From`."""

    server: HostAndPort
    """The mail server: `smtp.example.org:587`."""

    user: str | None = None
    """The name to log in with, where the server asks for one."""

    password_file: str | None = None
    """The file that holds the password, relative to the configuration file."""

    require_tls: bool = True
    """Whether mail is sent only where the server takes it encrypted (STARTTLS, or TLS on port 465)."""

    ca_file: str | None = None
    """The certificates to trust, for a server whose own the system does not know."""

    @classmethod
    def between(cls, values: Any) -> list[Wrong]:
        """Find a name without a password, and a password without a name."""
        pair = {"user": "password_file", "password_file": "user"}
        return [
            ((other,), f"is missing, since `{one}` is given; add it, or leave out both")
            for one, other in pair.items()
            if values.get(one) is not None and values.get(other) is None
        ]


def _configuration(settings: EmailSettings, secret_path: SecretPath) -> dict[str, Any]:
    login = {}
    if settings.user is not None and settings.password_file is not None:
        login = {"auth_username": settings.user, "auth_password_file": secret_path(settings.password_file)}
    trust = {} if settings.ca_file is None else {"tls_config": {"ca_file": secret_path(settings.ca_file)}}
    return {
        "email_configs": [
            {
                "to": ", ".join(settings.to),
                "from": settings.sender,
                "smarthost": settings.server,
                **login,
                "require_tls": settings.require_tls,
                **trust,
                "send_resolved": True,
                "headers": {"Subject": template("email.subject")},
                "html": template("email.html"),
                "text": template("email.text"),
            }
        ]
    }


RECEIVER = ReceiverKind("email", EmailSettings, _configuration, ("common", "email"))
