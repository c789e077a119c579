"""Asking a running exporter on this machine whether it is healthy, as its configuration says it can be asked."""

import http.client
import socket
import ssl
from pathlib import Path

from ml_exporter.config import ServerSettings, TlsSettings, load_web_settings

_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - all addresses are asked at one


class Unhealthy(Exception):
    """It does not answer as a healthy exporter does; the message says how it does."""


def probe(settings: ServerSettings, folder: Path, timeout: float = 5.0) -> None:
    """Ask whether the exporter is healthy.

    Args:
        settings: where it listens; the first address is asked.
        folder: where relative paths start.
        timeout: seconds that the answer may take.

    Raises:
        Unhealthy: it is not.
        ConfigurationError: the web configuration file cannot be used.
    """
    web_file = settings.web_config_file
    tls = None if web_file is None else load_web_settings(folder / web_file).tls_server_config
    host, _, port = settings.listen[0].rpartition(":")
    host = _THIS_MACHINE.get(host, host).strip("[]")
    try:
        if tls is not None and tls.client_auth_type == "RequireAndVerifyClientCert":
            # there is no certificate to show: that it takes connections is all that can be seen
            socket.create_connection((host, int(port)), timeout).close()
        else:
            _ask(host, int(port), tls, timeout)
    except (OSError, http.client.HTTPException) as error:
        raise Unhealthy(f"{settings.listen[0]} does not answer: {error}") from None


def _ask(host: str, port: int, tls: TlsSettings | None, timeout: float) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    if tls is not None:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        own.check_hostname, own.verify_mode = False, ssl.CERT_NONE  # it is asked by its number, on this machine
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=own)
    try:
        connection.request("GET", "/-/healthy")
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.client.OK:
        raise Unhealthy(f"{host}:{port} answers with {status}")
