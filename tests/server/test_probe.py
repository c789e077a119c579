"""The health check of a container: it asks where and how the configuration says."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ml_exporter.cli import build
from ml_exporter.config import ConfigurationError, ServerSettings
from ml_exporter.server import Unhealthy, WebConfigFile, probe
from tests.server.certificates import HASHED, Authority, tls, write
from tests.server.exporter import configure
from tests.server.serving import Serving, serving


def _settings(running: Serving, host: str = "127.0.0.1", **more: object) -> ServerSettings:
    return ServerSettings.model_validate({"listen": [f"{host}:{running.port}"], **more})


def test_a_running_exporter_is_healthy_before_it_is_ready(tmp_path: Path) -> None:
    with serving(text=None) as running:
        probe(_settings(running), tmp_path)


@pytest.mark.parametrize(("listen", "asked"), [("0.0.0.0", "0.0.0.0"), ("[::]", "[::]"), ("[::1]", "[::1]")])  # noqa: S104
def test_all_addresses_and_those_of_ipv6_are_asked_on_this_machine(tmp_path: Path, listen: str, asked: str) -> None:
    with serving(listen=[f"{listen}:0"]) as running:
        probe(_settings(running, asked), tmp_path)


@pytest.mark.parametrize(
    "section",
    [tls(), tls(client_auth_type="RequireAndVerifyClientCert", client_ca_file="ca.pem")],
    ids=["TLS", "certificates of clients"],
)
def test_it_needs_neither_password_nor_certificate(tmp_path: Path, section: dict[str, object]) -> None:
    Authority(tmp_path)
    file = write(tmp_path, tls_server_config=section, basic_auth_users={"alice": HASHED})
    with serving(web=WebConfigFile(file).current) as running:
        probe(_settings(running, web_config_file="web.yml"), tmp_path)


def test_what_does_not_answer_is_unhealthy(tmp_path: Path) -> None:
    with serving() as running:
        settings = _settings(running)
    with pytest.raises(Unhealthy, match=r"127\.0\.0\.1:\d+ does not answer: .*Connection refused"):
        probe(settings, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_one = ServerSettings(listen=[f"127.0.0.1:{silent.getsockname()[1]}"])
        with pytest.raises(Unhealthy, match="does not answer: timed out"):
            probe(silent_one, tmp_path, timeout=0.1)


def test_a_web_configuration_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with serving() as running, pytest.raises(ConfigurationError, match=r"web\.yml: cannot be read"):
        probe(_settings(running, web_config_file="web.yml"), tmp_path)


def test_the_command_says_so_and_exits_with_0_or_1(tmp_path: Path) -> None:
    with serving() as running:
        file = str(configure(tmp_path, server={"listen": [f"127.0.0.1:{running.port}"]}))
        good = CliRunner().invoke(build(), ["health", file])
    bad = CliRunner().invoke(build(), ["health", file])
    assert (good.exit_code, good.output) == (0, "healthy\n")
    assert bad.exit_code == 1
    assert "does not answer" in bad.output
