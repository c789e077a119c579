"""The web configuration file: any bytes are one, or are told to be none, and no password is told."""

import tempfile
from pathlib import Path

from ml_exporter.config import ConfigurationError, load_web_settings

_FILE = Path(tempfile.mkdtemp(prefix="fuzzed-")) / "web.yml"

SEEDS = (
    b"tls_server_config: {cert_file: cert.pem, key_file: key.pem, min_version: TLS12}\n",
    b"basic_auth_users: {alice: $2b$04$0cP81gM0dZ2hPS6gWVfdFu6uB5wpvIcMb7I5C7sb2JYw7nJHJzqD2}\n",
    b"basic_auth_users: {alice: secret}\n",
    b"http_server_config: {headers: {X-Frame-Options: deny}}\nrate_limit: {interval: 1s, burst: 2}\n",
)


def take(data: bytes) -> None:
    """Load the bytes as a web configuration file."""
    _FILE.write_bytes(data)
    try:
        load_web_settings(_FILE)
    except ConfigurationError as error:
        told = error.problems
    else:
        told = []
    assert all(problem.message.strip() and str(problem).isprintable() for problem in told)
