"""What is switched off raises no alert: its rules are not made, and those that are left stand every check."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ml_exporter.bundle import generate, write
from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.choice import chosen
from ml_exporter.config import Monitoring
from ml_exporter.pipeline import load_configuration
from tests.stack.servers import promtool

_MODELS: list[dict[str, Any]] = [
    {
        "name": name,
        "task": "binary",
        "objectives": {"accuracy": 0.9, "prediction_latency_p99": 0.5, "error_rate": 0.02},
    }
    for name in ("watched", "switched")
]

_ALERTS = {
    "automated_evaluation": {"MLQualityBudgetBurning"},
    "degradation_detection": {"MLModelDegraded", "MLModelUnusual", "MLObjectiveAtRisk"},
    "anomaly_detection": {"MLModelUnusual"},
    "predictive_alerting": {"MLObjectiveAtRisk"},
}
"""Switch to the alerts that go with it."""


def load(folder: Path, **of_the_second: Any) -> Monitoring:
    """Return a configuration with everything on, but for what is said of the second model."""
    models = [_MODELS[0], _MODELS[1] | of_the_second]
    feeds = [{"name": "p", "kind": "file", "path": "p.jsonl", "events": "outcomes"}]
    everything = dict.fromkeys(_ALERTS, True)
    file = folder / "monitoring.yml"
    file.write_text(yaml.safe_dump({"models": models, "feeds": feeds, "switches": everything}), encoding="utf-8")
    return load_configuration(file)


def alerts(monitoring: Monitoring) -> dict[str, set[str]]:
    """Return model to the names of its alerts."""
    found: dict[str, set[str]] = {"watched": set(), "switched": set()}
    for group in alert_groups():
        for alert in chosen(group, monitoring)[0]:
            found.get(alert.labels.get("model_name", ""), set()).add(alert.name)
    return found


def test_with_everything_on_all_of_them_are_made(tmp_path: Path) -> None:
    found = alerts(load(tmp_path))
    assert found["watched"] == found["switched"] >= set().union(*_ALERTS.values())


@pytest.mark.parametrize("switch", _ALERTS)
def test_what_is_switched_off_for_a_model_raises_no_alert_about_it(tmp_path: Path, switch: str) -> None:
    found = alerts(load(tmp_path, switches={switch: False}))
    assert found["watched"] - found["switched"] == _ALERTS[switch]


def test_without_evaluation_only_what_is_no_quality_has_an_objective(tmp_path: Path) -> None:
    monitoring = load(tmp_path, switches={"automated_evaluation": False})
    breached = [
        alert.labels["metric"]
        for group in alert_groups()
        if group.topic == "objectives"
        for alert in chosen(group, monitoring)[0]
        if alert.labels["model_name"] == "switched"
    ]
    assert sorted(breached) == ["error_rate", "prediction_latency_p99"]


@pytest.mark.parametrize("switch", _ALERTS)
def test_the_bundle_of_what_is_left_stands_its_own_tests(tmp_path: Path, switch: str) -> None:
    write(generate(load(tmp_path, switches={switch: False})), tmp_path)
    rules = sorted(map(str, (tmp_path / "prometheus" / "rules").glob("*.yml")))
    tests = sorted(map(str, (tmp_path / "prometheus" / "tests").glob("*.yml")))
    for command in (["check", "rules", "--lint=all", "--lint-fatal", *rules], ["test", "rules", *tests]):
        done = subprocess.run([promtool(), *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
