"""TLS: certificates that are renewed, clients that show theirs, versions and suites."""

import contextlib
import os
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from ml_exporter.server import WebConfigFile
from tests.server.certificates import Authority, tls, write
from tests.server.serving import Serving, serving
from tests.stack.waiting import eventually


@pytest.fixture(name="authority")
def _authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def _status(running: Serving, client: ssl.SSLContext) -> int:
    return httpx.get(f"{running.url}/metrics", verify=client, trust_env=False).status_code


def _is_refused(running: Serving, client: ssl.SSLContext) -> bool:
    try:
        _status(running, client)
    except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
        return True
    return False


def _serial(running: Serving) -> str:
    """Return the serial number of the certificate that the server shows now."""
    client = ssl.create_default_context(cafile=None)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    with running.connect() as plain, client.wrap_socket(plain) as secured:
        shown = secured.getpeercert(binary_form=True)
    assert shown is not None
    return shown.hex()


def test_with_a_certificate_it_speaks_https_only(authority: Authority, tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    with serving(web=web) as running:
        assert running.url.startswith("https://")
        assert _status(running, authority.client()) == 200
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(running.url.replace("https", "http"))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(running.url, trust_env=False)
        assert _status(running, authority.client()) == 200


def test_a_renewed_certificate_is_shown_without_a_restart(authority: Authority, tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    with (
        serving(web=web) as running,
        httpx.Client(verify=authority.client(), base_url=running.url, trust_env=False) as kept,
    ):
        assert kept.get("/metrics").status_code == 200
        before = _serial(running)
        assert _serial(running) == before
        authority.issue()
        assert _serial(running) != before
        assert _status(running, authority.client()) == 200
        assert kept.get("/metrics").status_code == 200, "connections made before go on"


def test_a_certificate_without_its_key_keeps_the_one_before_until_the_key_is_there(
    authority: Authority, tmp_path: Path
) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    old_key = (tmp_path / "key.pem").read_bytes()
    with serving(web=web) as running:
        before = _serial(running)
        authority.issue()
        new_key = (tmp_path / "key.pem").read_bytes()
        (tmp_path / "key.pem").write_bytes(old_key)
        assert _serial(running) == before
        assert web().good is False
        (tmp_path / "key.pem").write_bytes(new_key)
        assert _serial(running) != before
        assert web().good is True


def test_clients_must_show_a_certificate_of_the_authority_where_that_is_required(
    authority: Authority, tmp_path: Path
) -> None:
    section = tls(client_auth_type="RequireAndVerifyClientCert", client_ca_file="ca.pem")
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    strangers = Authority(stranger).client("prometheus")
    strangers.load_verify_locations(cafile=tmp_path / "ca.pem")
    with serving(web=WebConfigFile(write(tmp_path, tls_server_config=section)).current) as running:
        assert _status(running, authority.client("prometheus")) == 200
        assert _is_refused(running, authority.client())
        assert _is_refused(running, strangers)


def test_clients_may_show_a_certificate_where_it_is_verified_if_given(authority: Authority, tmp_path: Path) -> None:
    section = tls(client_auth_type="VerifyClientCertIfGiven", client_ca_file="ca.pem")
    with serving(web=WebConfigFile(write(tmp_path, tls_server_config=section)).current) as running:
        assert _status(running, authority.client("prometheus")) == 200
        assert _status(running, authority.client()) == 200


@pytest.mark.parametrize("name", ["prometheus.example", "ops@example.org", "127.0.0.9"])
def test_clients_must_have_one_of_the_allowed_names(authority: Authority, tmp_path: Path, name: str) -> None:
    section = tls(
        client_auth_type="RequireAndVerifyClientCert", client_ca_file="ca.pem", client_allowed_sans=["other", name]
    )
    with serving(web=WebConfigFile(write(tmp_path, tls_server_config=section)).current) as running:
        assert _status(running, authority.client(name)) == 200
        assert running.refused("bad_certificate") == 0
        assert _is_refused(running, authority.client("somebody.example"))
        assert running.refused("bad_certificate") == 1


def test_older_versions_are_refused(authority: Authority, tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls(min_version="TLS13"))).current
    old, new = authority.client(), authority.client()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with serving(web=web) as running:
        assert _is_refused(running, old)
        assert _status(running, new) == 200


@pytest.mark.parametrize(
    ("suite", "openssl"),
    [
        ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    ],
)
def test_the_suites_of_tls_12_can_be_chosen(authority: Authority, tmp_path: Path, suite: str, openssl: str) -> None:
    section = tls(max_version="TLS12", cipher_suites=[suite, "TLS_AES_128_GCM_SHA256"])
    client = authority.client()
    with (
        serving(web=WebConfigFile(write(tmp_path, tls_server_config=section)).current) as running,
        running.connect() as plain,
        client.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        assert secured.version() == "TLSv1.2"
        assert secured.cipher()[0] == openssl  # type: ignore[index] # there is one after a handshake


def test_a_client_that_only_speaks_http_2_is_told_of_http_1(authority: Authority, tmp_path: Path) -> None:
    client = authority.client()
    client.set_alpn_protocols(["h2", "http/1.1"])
    with (
        serving(web=WebConfigFile(write(tmp_path, tls_server_config=tls())).current) as running,
        running.connect() as plain,
        client.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        assert secured.selected_alpn_protocol() == "http/1.1"


@pytest.mark.usefixtures("authority")
def test_a_handshake_that_does_not_come_is_cut_off(tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    with (
        serving(web=web, read_timeout="200ms") as running,
        running.connect() as silent,
        contextlib.suppress(ConnectionResetError),
    ):
        assert silent.recv(1) == b""


def test_connections_that_never_shake_hands_fill_no_more_than_their_places(
    authority: Authority, tmp_path: Path
) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    with serving(web=web, max_connections=2, read_timeout="500ms") as running:
        silent = [running.connect() for _ in range(5)]
        eventually(lambda: running.refused("too_many_connections") == 3, "three are closed")
        eventually(lambda: not _is_refused(running, authority.client()), "the other two are cut off")
        for connection in silent:
            connection.close()


def test_it_does_not_lose_files_to_clients_that_break_off(authority: Authority, tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    with serving(web=web) as running:
        assert _status(running, authority.client()) == 200
        before = _open_sockets()
        for _ in range(20):
            with running.connect() as broken:
                broken.sendall(b"\x16\x03\x01")
        assert _status(running, authority.client()) == 200
        eventually(lambda: _open_sockets() <= before, "every connection is closed")


def _open_sockets() -> int:
    names = []
    for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names, not paths
        with contextlib.suppress(OSError):
            names.append(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115 - it leads to no file
    return sum(name.startswith("socket:") for name in names)


def test_a_refusal_of_the_socket_layer_is_no_matter_for_the_others(authority: Authority, tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls())).current
    with serving(web=web) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert not plain.recv(100).startswith(b"HTTP")
        assert _status(running, authority.client()) == 200
