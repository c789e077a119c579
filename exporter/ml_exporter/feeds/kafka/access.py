"""How the exporter shows who it is, to brokers and to the registry of schemas. Secrets are files, or ``${NAME}``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ml_exporter.config import Section
from ml_exporter.config.base import Wrong
from ml_exporter.config.shown import Expanded
from ml_exporter.feeds.interface import FeedError


def inline_secret(values: Mapping[str, Any], key: str) -> Iterator[Wrong]:
    """Find a secret that stands in the file itself."""
    if values.get(key) is not None and not isinstance(values[key], Expanded):
        yield (key,), f"stands in the file, where it could leak; write ${{NAME}}, or `{key}_file: PATH`"


class TlsSettings(Section):
    """Encryption, and certificates."""

    ca_file: str | None = None
    """The authorities to trust (PEM). Default: those that the system trusts."""

    cert_file: str | None = None
    """The exporter's own certificate (PEM)."""

    key_file: str | None = None
    """Its key (PEM)."""

    key_password_file: str | None = None
    """A file with the password of the key."""


class _Password(Section):
    """A name and its password."""

    username: str | None = None
    """The name."""

    password: str | None = Field(default=None, repr=False)
    """Its password, as `${NAME}`."""

    password_file: str | None = None
    """A file with the password, which is read whenever the exporter connects."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find a password that stands in the file, or that is given twice."""
        yield from inline_secret(values, "password")
        if values.get("password") is not None and values.get("password_file") is not None:
            yield ("password_file",), "is given beside a password; leave one of them out"

    def secret(self, folder: Path) -> str | None:
        """Return the password.

        Args:
            folder: where relative paths start.

        Raises:
            FeedError: its file cannot be read.
        """
        return self.password if self.password_file is None else read_secret(folder / self.password_file)


class SaslSettings(_Password):
    """Name and password for the brokers."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How the password is shown. `PLAIN` only with `tls`. Others (OAUTHBEARER, GSSAPI): by `options`."""

    username: str = Field(min_length=1)
    """The name."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find that there is no password."""
        yield from super().between(values)
        if values.get("password") is None and values.get("password_file") is None:
            yield (), "has no password; give `password_file: PATH`, or `password: ${NAME}`"


class SchemaRegistrySettings(_Password):
    """A registry of schemas, as Confluent's and others that speak its protocol."""

    url: str = Field(min_length=1, repr=False)
    """Its address, without user and password."""

    ca_file: str | None = None
    """The authorities to trust (PEM). Default: those that the system trusts."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find an address with a password in it, and one that is none of HTTP. Neither is repeated."""
        yield from super().between(values)
        url = values.get("url")
        if isinstance(url, str) and "@" in url:
            yield ("url",), "has a user or password in it, where it could leak; give `username` and `password_file`"
        elif isinstance(url, str) and not url.startswith(("http://", "https://")):
            yield ("url",), "is no address; write http://HOST:PORT or https://HOST:PORT"


def read_secret(path: Path) -> str:
    """Read a file that holds a secret, without the newline at its end.

    Raises:
        FeedError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise FeedError(
            f"the secret in {path} cannot be read ({reason}); write it there, readable for this user"
        ) from None
