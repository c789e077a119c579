"""The web configuration file: TLS and basic auth, in the format that the exporters of Prometheus share.

The format is that of exporter-toolkit (docs/web-configuration.md there); ``promtool check web-config`` reads it too.
What Python's TLS cannot do is refused rather than left undone.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration

_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_MAKE_A_HASH = "make a hash with htpasswd -nBC 10 '' | tr -d ':\\n'"

_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
"""The headers that the format lets a user set, with the values that it takes; none: any."""

_CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
"""The format's names, which are Go's, to OpenSSL's."""

_ALWAYS_ON = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""Those of TLS 1.3: the format takes their names, and neither Go nor Python lets one choose among them."""


class TlsSettings(Section):
    """TLS. Relative paths start at the folder of the file."""

    cert_file: str
    """The server's certificate, with those between it and the authority, as PEM."""

    key_file: str
    """The certificate's private key, as PEM."""

    client_auth_type: Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] = "NoClientCert"
    """Whether clients show certificates. The format's RequestClientCert and RequireAnyClientCert, which verify
    nothing, are refused."""

    client_ca_file: str | None = None
    """The authorities of the clients' certificates, as PEM."""

    client_allowed_sans: list[str] = []
    """Where given, a client's certificate must have one of these as a subject alternative name."""

    min_version: Literal["TLS12", "TLS13"] = "TLS12"
    """The oldest version that is spoken."""

    max_version: Literal["TLS12", "TLS13"] = "TLS13"
    """The newest version that is spoken."""

    cipher_suites: list[str] = []
    """The suites for TLS 1.2, by Go's names. Default: OpenSSL's."""

    prefer_server_cipher_suites: bool = True
    """Whether the server's order of suites counts, or the client's."""

    @field_validator("cipher_suites")
    @classmethod
    def _suites_are_known(cls, value: list[str]) -> list[str]:
        unknown = [suite for suite in value if suite not in _CIPHERS and suite not in _ALWAYS_ON]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no suite that is safe; choose from {', '.join(_CIPHERS)}")
        return value

    @model_validator(mode="after")
    def _clients_can_be_verified(self) -> Self:
        verifies = self.client_auth_type != "NoClientCert"
        if verifies and self.client_ca_file is None:
            raise ValueError(f"client_ca_file: is missing, and {self.client_auth_type} needs it; add it")
        if self.client_ca_file is not None and not verifies:
            raise ValueError(
                "client_auth_type: is NoClientCert, so client_ca_file has no effect; set RequireAndVerifyClientCert"
            )
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            raise ValueError(
                "client_auth_type: lets clients without a certificate in, so client_allowed_sans has no effect; set"
                " RequireAndVerifyClientCert"
            )
        if self.min_version > self.max_version:
            raise ValueError("min_version: is above max_version; exchange them")
        return self

    @property
    def openssl_ciphers(self) -> str | None:
        """The suites for TLS 1.2 as OpenSSL writes them; ``None``: its own choice."""
        return ":".join(_CIPHERS[suite] for suite in self.cipher_suites if suite in _CIPHERS) or None


class HttpSettings(Section):
    """What is said over HTTP."""

    http2: bool = True
    """Taken for the format's sake: HTTP/1.1 is spoken, as by any client that asks for HTTP/2."""

    headers: dict[str, str] = {}
    """Headers that are added to every response: Content-Security-Policy, Strict-Transport-Security,
    X-Content-Type-Options, X-Frame-Options, X-XSS-Protection."""

    @field_validator("headers")
    @classmethod
    def _headers_are_known(cls, value: dict[str, str]) -> dict[str, str]:
        for name, content in value.items():
            if name not in _HEADERS:
                raise ValueError(f"{name!r} is no header that can be set; choose from {', '.join(_HEADERS)}")
            if _HEADERS[name] and content not in _HEADERS[name]:
                raise ValueError(f"{name}: {content!r} is not allowed; choose from {', '.join(_HEADERS[name])}")
            if not content.isprintable() or not content.isascii():
                raise ValueError(f"{name}: has characters that no header may have; write it in one line of ASCII")
        return value


class RateLimit(Section):
    """How many requests are answered, whoever asks; further ones are refused with 429."""

    interval: Duration
    """One more request may come each time that this has passed."""

    burst: int = Field(ge=1)
    """So many may come at once."""


class WebSettings(Section):
    """TLS, basic auth and headers, in the format that all exporters of Prometheus share."""

    tls_server_config: TlsSettings | None = None
    """TLS. Without it: plain HTTP."""

    http_server_config: HttpSettings = HttpSettings()
    """What is said over HTTP."""

    basic_auth_users: dict[str, str] = {}
    """User to the bcrypt hash of his password. Where there are any, everything but /-/healthy and /-/ready needs one
    of them."""

    rate_limit: RateLimit | None = None
    """How many requests are answered, whoever asks."""

    @field_validator("basic_auth_users", mode="before")
    @classmethod
    def _passwords_are_hashed(cls, value: Any) -> Any:
        """Check without showing the values: a password that somebody wrote down in the clear must not reach a log."""
        if not isinstance(value, dict):
            raise ValueError("names no users; write `user: hash` lines below it")
        problem = next(_problems_of_users(value), None)
        if problem is not None:
            raise ValueError(problem)
        return value


def _problems_of_users(users: dict[Any, Any]) -> Iterator[str]:
    for user, hashed in users.items():
        if not isinstance(user, str) or not user or ":" in user:
            yield f"{user!r} is no user's name; write a text without a colon"
        elif not isinstance(hashed, str) or not _BCRYPT.fullmatch(hashed):
            yield f"{user}: has no bcrypt hash for a password; {_MAKE_A_HASH}"
