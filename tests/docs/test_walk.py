"""The ten minutes of the README, walked: its program, its configuration, its commands."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from ml_exporter.demo.processes import free_port
from tests.docs.pages import ROOT, Page
from tests.stack.servers import amtool, promtool
from tests.stack.waiting import eventually

_README = Page(ROOT / "README.md")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder with what the README lets a user write."""
    (program,), (configuration,) = _README.blocks("python"), _README.blocks("yaml")
    (tmp_path / "events.py").write_text(program, encoding="utf-8")
    (tmp_path / "monitoring.yml").write_text(configuration, encoding="utf-8")
    return tmp_path


def _run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_its_events_become_its_metrics(folder: Path) -> None:
    _run(folder, "events.py")
    port = free_port()
    text = (folder / "monitoring.yml").read_text(encoding="utf-8")
    here = {"server": {"listen": [f"127.0.0.1:{port}"]}, "tick": "1s"}
    (folder / "monitoring.yml").write_text(f"{text}\n{yaml.safe_dump(here)}", encoding="utf-8")
    assert "Warning" not in _run(folder, "-m", "ml_exporter", "check", "monitoring.yml")
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "ml_exporter", "run", "monitoring.yml"]
        process = subprocess.Popen(command, cwd=folder, stderr=log)
    try:
        shown = eventually(lambda: _metrics(port), "the exporter shows accuracy")
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    value = {name: float(value) for name, _, value in (line.rpartition(" ") for line in shown.splitlines())}
    series = 'model_name="churn",model_version="v1",window="1h"'
    accuracy = value[f"ml_accuracy_ratio{{{series}}}"]
    assert 0.70 < accuracy < 0.80, "its model is right in three of four"
    assert value[f"ml_accuracy_lower_bound_ratio{{{series}}}"] < accuracy
    assert value[f"ml_window_outcomes{{{series}}}"] == 2000


def _metrics(port: int) -> str | None:
    """Return the samples of /metrics, once all events are joined."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except OSError:
        return None
    samples = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return samples if 'window="1h"} 2000.0' in samples else None


def test_its_bundle_is_what_prometheus_and_alertmanager_read(folder: Path) -> None:
    (folder / "secrets").mkdir()
    (folder / "secrets" / "slack-url").write_text("https://hooks.slack.com/services/x", encoding="utf-8")
    _run(folder, "-m", "ml_exporter", "bundle", "monitoring.yml")
    for command in (
        [promtool(), "check", "config", "prometheus/prometheus.yml"],
        [amtool(), "check-config", "alertmanager/alertmanager.yml"],
    ):
        checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_picture_is_there() -> None:
    (picture,) = [link for link in _README.links if link.endswith(".png")]
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
