"""Certificates for tests, and web configuration files that name them."""

import ssl
from pathlib import Path
from typing import Any

import trustme
import yaml

HASHED = "$2b$04$0cP81gM0dZ2hPS6gWVfdFu6uB5wpvIcMb7I5C7sb2JYw7nJHJzqD2"
"""A cheap hash of ``PASSWORD``."""

PASSWORD = "secret-of-alice"  # noqa: S105 - a test's


class Authority:
    """An authority with a server's certificate in a folder: ``cert.pem``, ``key.pem``, ``ca.pem``."""

    def __init__(self, folder: Path, name: str = "127.0.0.1") -> None:
        self._authority = trustme.CA()
        self.folder = folder
        self._authority.cert_pem.write_to_path(folder / "ca.pem")
        self.issue(name)

    def issue(self, name: str = "127.0.0.1") -> None:
        """Give the server a new certificate."""
        issued = self._authority.issue_cert(name)
        issued.private_key_pem.write_to_path(self.folder / "key.pem")
        (self.folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))

    def issue_for(self, name: str) -> tuple[Path, Path]:
        """Return files with the certificate of a client, and with its key."""
        issued = self._authority.issue_cert(name)
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        issued.private_key_pem.write_to_path(key)
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return certificate, key

    def client(self, name: str | None = None, **options: Any) -> ssl.SSLContext:
        """Return a client that trusts the authority; with a name it shows a certificate of its own."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if name is not None:
            self._authority.issue_cert(name, **options).configure_cert(context)
        return context


def write(folder: Path, **sections: object) -> Path:
    """Write a web configuration file."""
    file = folder / "web.yml"
    file.write_text(yaml.safe_dump(sections))
    return file


def tls(**more: object) -> dict[str, object]:
    """Return the section for a server's certificate."""
    return {"cert_file": "cert.pem", "key_file": "key.pem", **more}
