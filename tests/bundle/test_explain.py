"""Every setting says where it came from."""

from pathlib import Path

import pytest
import yaml

from ml_exporter.bundle import explain, generate
from ml_exporter.pipeline import load_configuration
from tests.bundle.configurations import EXAMPLES

_CONFIGURATION = {
    "strategy": {"deployment_scale": "small", "criticality": "medium"},
    "models": [
        {"name": "fraud", "task": "binary", "objectives": {"accuracy": 0.93}, "features": ["amount"]},
        {
            "name": "price",
            "task": "regression",
            "strategy": "advanced",
            "features": ["area"],
            "alerts": {"MLFeatureDrifted": {"severity": "info"}},
            "switches": {"predictive_alerting": False},
        },
    ],
    "feeds": [{"name": "p", "kind": "file", "path": "p.jsonl", "events": "predictions"}],
    "switches": {"degradation_detection": True},
    "alerting": {"alerts": {"MLHostDiskLow": {"threshold": 0.05}}},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "monitoring.yml"
    path.write_text(yaml.safe_dump(_CONFIGURATION), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def lines(file: Path) -> dict[str, tuple[str, str]]:
    """Return each place with its value and its origin."""
    told = explain(load_configuration(file)).splitlines()
    split = [[part.strip() for part in line.split("  ") if part.strip()] for line in told if not line.startswith("#")]
    return {place: (value, origin) for place, value, origin in split}


@pytest.mark.parametrize(
    ("place", "value", "origin"),
    [
        ("models[0].objectives.accuracy.threshold", "0.93", "model"),
        ("models[0].objectives.accuracy.severity", "warning", "default"),
        ("models[0].objectives.error_rate.threshold", "0.03", "strategy"),
        ("models[1].objectives.error_rate.threshold", "0.01", "strategy"),
        ("tick", "30s", "strategy"),
        ("prometheus.retention", "90d", "strategy"),
        ("windows", "[1h, 24h, 7d]", "default"),
        ("feeds[0].path", "p.jsonl", "file"),
        ("alerting.alerts.MLHostDiskLow.threshold", "0.05", "file"),
        ("alert MLFeatureDrifted[fraud]", "no", "strategy"),
        ("alert MLFeatureDrifted[price]", "info", "model"),
        ("alert MLModelUnusual[price]", "info, threshold 1", "strategy"),
        ("models[0].switches.automated_evaluation", "yes", "strategy"),
        ("models[0].switches.degradation_detection", "yes", "file"),
        ("models[0].switches.anomaly_detection", "no", "strategy"),
        ("models[1].switches.anomaly_detection", "yes", "strategy"),
        ("models[1].switches.predictive_alerting", "no", "model"),
        ("alert MLHostDiskLow", "warning, threshold 0.05", "file"),
    ],
)
def test_a_setting_tells_its_value_and_its_origin(
    lines: dict[str, tuple[str, str]], place: str, value: str, origin: str
) -> None:
    assert lines[place] == (value, origin)


def test_the_reasons_for_a_strategy_stand_first(file: Path) -> None:
    first, second, *_ = explain(load_configuration(file)).splitlines()
    assert first.startswith("# strategy standard: A small deployment whose errors cost money or trust")
    assert second == "# price: strategy advanced: The configuration says so."


def test_without_a_strategy_nothing_comes_from_one() -> None:
    told = explain(load_configuration(EXAMPLES / "features.yml"))
    assert "strategy\n" not in told
    assert all(line.endswith(("  file", "  model", "  default")) for line in told.splitlines())


def test_alerts_are_generated_as_the_strategies_say_and_prometheus_is_told_what_to_keep(file: Path) -> None:
    files = {made.path: made.text for made in generate(load_configuration(file))}
    drift = files["prometheus/rules/drift.yml"]
    assert "model_name: price" in drift
    assert "model_name: fraud" not in drift
    assert "--storage.tsdb.retention.time=90d" in files["prometheus/prometheus.yml"]
