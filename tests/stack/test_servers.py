"""The helpers themselves: the real servers start, answer, explain a failure, and are gone afterwards."""

import json
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_exporter.demo import prometheus_api
from ml_exporter.demo.processes import ProcessError, answers
from tests.stack.servers import alertmanager, amtool, prometheus, promtool
from tests.stack.waiting import eventually

_ROUTES = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def _written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_prometheus_answers_queries_while_its_context_lasts_and_not_after_it(tmp_path: Path) -> None:
    with prometheus(_written(tmp_path, "prometheus.yml", "global: {}\n"), tmp_path / "data") as address:
        assert prometheus_api.value(address, "vector(42)") == 42
        assert prometheus_api.value(address, "no_such_metric") is None
        assert prometheus_api.alerts(address, "NoSuchAlert") == []
    assert not answers(f"{address}/-/ready")
    assert prometheus_api.value(address, "vector(42)") is None


def test_pending_and_firing_alerts_are_told_by_name(tmp_path: Path) -> None:
    rules = (
        "groups: [{name: g, interval: 1s, rules: [{alert: Always, expr: vector(1)}, {alert: Other, expr: vector(1)}]}]"
    )
    _written(tmp_path, "rules.yml", rules)
    configuration = _written(tmp_path, "prometheus.yml", "rule_files: [rules.yml]\n")
    with prometheus(configuration, tmp_path / "data") as address:
        found = eventually(lambda: prometheus_api.alerts(address, "Always"), "the rule is evaluated")
    assert [(alert["labels"], alert["state"]) for alert in found] == [({"alertname": "Always"}, "firing")]


def test_alertmanager_has_the_given_configuration_while_its_context_lasts(tmp_path: Path) -> None:
    configuration = _written(tmp_path, "alertmanager.yml", _ROUTES)
    with (
        alertmanager(configuration, tmp_path / "data") as address,
        urllib.request.urlopen(f"{address}/api/v2/receivers", timeout=10) as response,  # noqa: S310 - loopback
    ):
        assert [receiver["name"] for receiver in json.load(response)] == ["nobody"]
    assert not answers(f"{address}/-/ready")


def test_a_configuration_that_is_refused_is_reported_with_the_servers_own_words(tmp_path: Path) -> None:
    wrong = _written(tmp_path, "prometheus.yml", "globall: {}\n")
    with (
        pytest.raises(ProcessError, match=r"(?s)prometheus ended with code \d.*field globall not found"),
        prometheus(wrong, tmp_path / "data"),
    ):
        pytest.fail("a server that does not start has no address")


@pytest.mark.parametrize(("tool", "minimum"), [(promtool, (3, 5)), (amtool, (0, 28))])
def test_the_tools_are_new_enough(tool: Callable[[], str], minimum: tuple[int, int]) -> None:
    told = subprocess.run([tool(), "--version"], capture_output=True, text=True, check=True)
    version = (told.stdout + told.stderr).split("version ")[1].split()[0]
    assert tuple(int(part) for part in version.split(".")[:2]) >= minimum


def test_a_missing_tool_fails_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="promtool is not on PATH: run `make test`"):
        promtool()
