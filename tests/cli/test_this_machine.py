"""What operators change by options and by the environment: one place for each, and every command heeds it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_exporter.cli.this_machine import instead_of_the_file
from tests.cli.commands import VALID, invoke, written
from tests.stack.waiting import eventually


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, {}),
        ({"ML_EXPORTER_LISTEN": ""}, {}),
        ({"ML_EXPORTER_LISTEN": "a:1"}, {("server", "listen"): ["a:1"]}),
        ({"ML_EXPORTER_LISTEN": "a:1, b:2 c:3"}, {("server", "listen"): ["a:1", "b:2", "c:3"]}),
        ({"ML_EXPORTER_STORE_PATH": "/var/x"}, {("store", "path"): "/var/x"}),
        ({"ML_EXPORTER_WEB_CONFIG_FILE": "web.yml"}, {("server", "web_config_file"): "web.yml"}),
    ],
)
def test_the_environment_takes_the_place_of_the_file(
    environment: Mapping[str, str], found: dict[object, object]
) -> None:
    assert instead_of_the_file(environment=environment) == found


def test_an_option_counts_before_the_environment() -> None:
    environment = {"ML_EXPORTER_LISTEN": "a:1", "ML_EXPORTER_STORE_PATH": "x", "ML_EXPORTER_WEB_CONFIG_FILE": "x"}
    assert instead_of_the_file(["b:2"], "y", "z", environment) == {
        ("server", "listen"): ["b:2"],
        ("store", "path"): "y",
        ("server", "web_config_file"): "z",
    }


def test_what_is_wrong_is_told_as_if_it_stood_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_EXPORTER_LISTEN", "nowhere")
    told = invoke("check", written(tmp_path))
    assert told.exit_code == 1
    assert "server.listen[0]: 'nowhere' is no host:port" in told.output


def test_every_command_looks_for_the_store_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_EXPORTER_STORE_PATH", "elsewhere")
    assert str(tmp_path / "elsewhere") in invoke("store", "info", written(tmp_path)).output


@pytest.mark.parametrize("how", ["options", "environment"])
def test_it_runs_as_this_machine_wants_it_whatever_the_file_says(tmp_path: Path, how: str) -> None:
    file = written(tmp_path, VALID.replace("127.0.0.1:0", "192.0.2.1:1").replace("path: data", "path: /proc/none"))
    options = {"LISTEN": "127.0.0.1:0", "STORE_PATH": "here", "LOG_FORMAT": "json", "LOG_LEVEL": "info"}
    command = [sys.executable, "-m", "ml_exporter", "run", str(file)]
    environment = None
    if how == "options":
        command += [part for name, value in options.items() for part in (f"--{name.lower().replace('_', '-')}", value)]
    else:
        environment = os.environ | {f"ML_EXPORTER_{name}": value for name, value in options.items()}
    log = tmp_path / "log"
    with log.open("wb") as opened:
        process = subprocess.Popen(command, stderr=opened, env=environment)
    try:
        eventually(lambda: b"started" in log.read_bytes() or process.poll() is not None, "it has started")
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert log.read_bytes().startswith(b"{"), "the log is JSON"
        assert (tmp_path / "here").is_dir()
        assert b"127.0.0.1:" in log.read_bytes()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait(timeout=30)
