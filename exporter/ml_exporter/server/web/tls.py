"""TLS contexts: made of settings, and always those of the newest settings."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ml_exporter.config import TlsSettings

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


class TlsProblem(Exception):
    """A certificate or key cannot be used; ``key`` says which setting names it."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


def tls_files(settings: TlsSettings, folder: Path) -> list[Path]:
    """Return the files that the settings name."""
    named = (settings.cert_file, settings.key_file, settings.client_ca_file)
    return [folder / name for name in named if name is not None]


def make_context(settings: TlsSettings, folder: Path) -> ssl.SSLContext:
    """Make a context for a server.

    Args:
        settings: what it shall be like.
        folder: where relative paths start.

    Raises:
        TlsProblem: a certificate or key cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[settings.min_version]
    context.maximum_version = _VERSIONS[settings.max_version]
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if not settings.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if settings.openssl_ciphers is not None:
        context.set_ciphers(settings.openssl_ciphers)
    _load_certificate(context, folder / settings.cert_file, folder / settings.key_file)
    if settings.client_ca_file is not None:
        _load_authorities(context, folder / settings.client_ca_file)
    context.verify_mode = _CLIENTS[settings.client_auth_type]
    return context


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    for setting, file in (("cert_file", certificate), ("key_file", key)):
        _check_readable(setting, file)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsProblem("key_file", f"{key} is not the key of the certificate {certificate}") from None
        raise TlsProblem(
            "cert_file", f"{certificate} or {key} is no PEM file of a certificate, or of its key without a password"
        ) from None


def _no_password() -> str:
    """Answer the question for a key's password, which would else be asked on the terminal."""
    return ""


def _load_authorities(context: ssl.SSLContext, file: Path) -> None:
    _check_readable("client_ca_file", file)
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError:
        raise TlsProblem("client_ca_file", f"{file} is no PEM file of certificates") from None


def _check_readable(setting: str, file: Path) -> None:
    try:
        file.read_bytes()
    except OSError as error:
        raise TlsProblem(setting, f"{file} cannot be read ({error.strerror}); name a readable file") from None


class FreshContext(ssl.SSLContext):
    """Stands for the newest context: each connection gets what the settings say when it is made."""

    _newest: Callable[[], ssl.SSLContext]

    @classmethod
    def of(cls, newest: Callable[[], ssl.SSLContext]) -> "FreshContext":
        """Return one that asks for the context each time."""
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context._newest = newest
        return context

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """Begin a connection: asyncio's one question to a context."""
        return self._newest().wrap_bio(*arguments, **options)
