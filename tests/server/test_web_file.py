"""The web configuration file: read again when it changes, kept where it is bad, and the same to promtool."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml
from structlog.testing import capture_logs

from ml_exporter.collectors import Collectors
from ml_exporter.config import ConfigurationError, WebSettings
from ml_exporter.server import Refusals, WebConfigFile, samples_at_scrape, without_file
from ml_exporter.server.web import Web
from tests.server.certificates import HASHED, Authority, tls, write
from tests.server.serving import serving
from tests.stack.servers import promtool


@pytest.fixture(name="authority", autouse=True)
def _authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def _promtool_accepts(file: Path) -> bool:
    checked = subprocess.run([promtool(), "check", "web-config", str(file)], capture_output=True, check=False)
    return checked.returncode == 0


_CLIENTS = {"client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": "ca.pem"}


@pytest.mark.parametrize(
    "sections",
    [
        {"tls_server_config": tls()},
        {"tls_server_config": tls(**_CLIENTS, client_allowed_sans=["prometheus.example"])},
        {"tls_server_config": tls(min_version="TLS12", max_version="TLS13", prefer_server_cipher_suites=False)},
        {"tls_server_config": tls(cipher_suites=["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"])},
        {"basic_auth_users": {"alice": HASHED, "bob": HASHED.replace("$2b$", "$2y$")}},
        {"http_server_config": {"http2": True, "headers": {"X-Frame-Options": "deny", "X-XSS-Protection": "0"}}},
        {"rate_limit": {"interval": "1s", "burst": 20}, "tls_server_config": tls()},
    ],
)
def test_a_file_that_is_good_here_is_good_to_promtool(tmp_path: Path, sections: dict[str, object]) -> None:
    file = write(tmp_path, **sections)
    assert WebConfigFile(file).current().good
    assert _promtool_accepts(file)


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"basic_auth_users": {"alice": "secret"}}, "line 2: basic_auth_users.alice: has no bcrypt hash"),
        ({"tls_server_config": {"cert_file": "cert.pem"}}, "tls_server_config.key_file: is missing; add it"),
        (
            {"tls_server_config": tls(cert_file="none.pem")},
            "none.pem cannot be read (No such file or directory); name a readable file",
        ),
        ({"tls_server_config": tls(key_file="web.yml")}, "is no PEM file of a certificate, or of its key without"),
        ({"tls_server_config": tls(key_file="other.pem")}, "other.pem is not the key of the certificate"),
        ({"tls_server_config": tls(client_ca_file="ca.pem")}, "client_ca_file has no effect; set RequireAndVerify"),
        ({"tls_server_config": tls(client_auth_type="Maybe")}, "client_auth_type: 'Maybe' is not allowed"),
        ({"tls_server_config": tls(cipher_suites=["TLS_RSA_WITH_RC4_128_SHA"])}, "is no suite that is safe"),
        ({"tls_server_config": tls(min_version="SSL30")}, "min_version: 'SSL30' is not allowed"),
        ({"tls_server_config": tls(cert_files="x")}, "tls_server_config.cert_files: is no key that is known here"),
        ({"http_server_config": {"headers": {"X-Powered-By": "x"}}}, "'X-Powered-By' is no header that can be set"),
        ({"http_server_config": {"headers": {"X-Frame-Options": "no"}}}, "'no' is not allowed; choose from deny"),
    ],
)
def test_a_file_that_promtool_refuses_is_refused_here_with_the_place_and_the_remedy(
    tmp_path: Path, sections: dict[str, object], told: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Authority(other)
    shutil.copy(other / "key.pem", tmp_path / "other.pem")
    file = write(tmp_path, **sections)
    assert not _promtool_accepts(file)
    with pytest.raises(ConfigurationError) as refused:
        WebConfigFile(file)
    assert told in str(refused.value)
    assert str(refused.value).startswith(f"{file}: ")


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"tls_server_config": tls(client_auth_type="RequireAnyClientCert")}, "'RequireAnyClientCert' is not allowed"),
        ({"tls_server_config": tls(curve_preferences=["X25519"])}, "curve_preferences: is no key that is known here"),
        ({"tls_server_config": tls(min_version="TLS10")}, "choose from 'TLS12' or 'TLS13'"),
        ({"tls_server_config": tls(**{**_CLIENTS, "client_ca_file": "empty.pem"})}, "empty.pem is no PEM file of"),
        ({"tls_server_config": tls(client_auth_type="RequireAndVerifyClientCert")}, "client_ca_file: is missing"),
        ({"basic_auth_users": {"a:b": HASHED}}, "'a:b' is no user's name"),
        (
            {
                "tls_server_config": tls(
                    **{**_CLIENTS, "client_auth_type": "VerifyClientCertIfGiven"}, client_allowed_sans=["x"]
                )
            },
            "client_allowed_sans has no effect",
        ),
        ({"tls_server_config": tls(min_version="TLS13", max_version="TLS12")}, "min_version: is above max_version"),
    ],
)
def test_what_would_silently_protect_less_is_refused_too(
    tmp_path: Path, sections: dict[str, object], told: str
) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ConfigurationError) as refused:
        WebConfigFile(write(tmp_path, **sections))
    assert told in str(refused.value)


def test_a_password_in_the_clear_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        WebConfigFile(write(tmp_path, basic_auth_users={"alice": "hunter2", "bob": 12345}))
    assert "hunter2" not in str(refused.value)
    assert "12345" not in str(refused.value)


def test_a_missing_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yml: cannot be read \(No such file or directory\)"):
        WebConfigFile(tmp_path / "none.yml")
    (tmp_path / "empty.yml").touch()
    with pytest.raises(ConfigurationError, match="holds no keys and values; start with `tls_server_config:`"):
        WebConfigFile(tmp_path / "empty.yml")


def test_a_changed_file_holds_from_the_next_request_on(tmp_path: Path) -> None:
    file = write(tmp_path, http_server_config={"headers": {"X-Frame-Options": "deny"}})
    with serving(web=WebConfigFile(file).current) as running, httpx.Client(base_url=running.url) as client:
        assert client.get("/metrics").headers["x-frame-options"] == "deny"
        write(tmp_path, http_server_config={"headers": {"X-Frame-Options": "sameorigin"}})
        assert client.get("/metrics").headers["x-frame-options"] == "sameorigin"
        write(tmp_path, basic_auth_users={"alice": HASHED})
        refused = client.get("/metrics")
        assert (refused.status_code, "x-frame-options" in refused.headers) == (401, False)


def test_the_headers_are_on_every_response_and_replace_those_of_the_page(tmp_path: Path) -> None:
    headers = {"Content-Security-Policy": "default-src 'self'", "Strict-Transport-Security": "max-age=1"}
    file = write(tmp_path, http_server_config={"headers": headers})
    with serving(web=WebConfigFile(file).current, text=None) as running, httpx.Client(base_url=running.url) as client:
        for path in ("/", "/metrics", "/nothing", "/-/healthy"):
            got = client.get(path).headers
            assert {name: got.get_list(name) for name in headers} == {name: [text] for name, text in headers.items()}


def test_a_file_that_has_become_bad_keeps_what_it_said_and_says_so_once(tmp_path: Path) -> None:
    file = write(tmp_path, basic_auth_users={"alice": HASHED})
    web = WebConfigFile(file)
    file.write_text("basic_auth_users: [")
    with capture_logs() as logs:
        assert [web.current().settings.basic_auth_users for _ in range(3)] == [{"alice": HASHED}] * 3
    assert [(line["log_level"], "line 1: is no valid YAML" in line["problem"]) for line in logs] == [("error", True)]
    assert _shown(web.current) == 0
    file.unlink()
    with capture_logs() as logs:
        assert web.current().settings.basic_auth_users == {"alice": HASHED}
    assert ["cannot be read" in line["problem"] for line in logs] == [True]
    write(tmp_path, basic_auth_users={"bob": HASHED})
    with capture_logs() as logs:
        assert web.current().settings.basic_auth_users == {"bob": HASHED}
    assert [line["event"] for line in logs] == ["web configuration read again"]
    assert _shown(web.current) == 1


def _shown(web: object) -> float | None:
    assert callable(web)
    families = {samples.family.name: samples for samples in samples_at_scrape(Collectors({}, 0.0), Refusals(), web)}
    shown = families.get("ml_exporter_web_config_last_load_successful")
    return None if shown is None else shown.values[0][1]


def test_without_a_file_nothing_is_said_of_one() -> None:
    assert _shown(without_file) is None


@pytest.mark.parametrize("first", [True, False])
def test_tls_is_not_switched_on_or_off_while_it_runs(tmp_path: Path, first: bool) -> None:
    secured, plain = {"tls_server_config": tls()}, {"basic_auth_users": {"alice": HASHED}}
    web = WebConfigFile(write(tmp_path, **(secured if first else plain)))
    write(tmp_path, **(plain if first else secured))
    with capture_logs() as logs:
        kept: Web = web.current()
    assert (kept.good, kept.tls is not None) == (False, first)
    assert "TLS is switched on or off by a restart only" in logs[0]["problem"]


def test_a_certificate_that_was_missing_is_noticed_when_it_comes(tmp_path: Path) -> None:
    web = WebConfigFile(write(tmp_path, tls_server_config=tls()))
    write(tmp_path, tls_server_config=tls(cert_file="new/cert.pem", key_file="new/key.pem"))
    assert web.current().good is False
    (tmp_path / "new").mkdir()
    Authority(tmp_path / "new")
    assert web.current().good is True


def test_the_example_is_good_here_and_to_promtool() -> None:
    example = Path(__file__).parents[2] / "examples" / "web.yml"
    assert list(WebConfigFile(example).current().settings.basic_auth_users) == ["prometheus"]
    assert _promtool_accepts(example)
    commented = example.read_text().replace("# tls_", "tls_").replace("# http_", "http_").replace("\n#   ", "\n  ")
    settings = WebSettings.model_validate(yaml.safe_load(commented))
    assert settings.tls_server_config is not None
    assert settings.tls_server_config.client_allowed_sans == ["prometheus.example.org"]
    assert settings.http_server_config.headers == {"Strict-Transport-Security": "max-age=31536000"}
