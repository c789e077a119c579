"""What Prometheus reads is checked by Prometheus' own tool, with every lint as an error."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ml_exporter import catalogue
from ml_exporter.bundle import generate, write
from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.remote_write import OURS
from ml_exporter.pipeline import load_configuration
from tests.bundle.configurations import HARMFUL, HARMFUL_TOO, written
from tests.bundle.conftest import Bundle
from tests.stack.servers import promtool


def _run(*arguments: str | Path, folder: Path) -> str:
    done = subprocess.run([promtool(), *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_accepts_prometheus_yml_and_finds_every_rule_file(bundle: Bundle) -> None:
    told = _run("check", "config", "--lint=all", "--lint-fatal", "prometheus/prometheus.yml", folder=bundle.folder)
    assert f"{len(bundle.rule_files)} rule files found" in told


def test_promtool_finds_nothing_to_lint_in_the_rules(bundle: Bundle) -> None:
    told = _run("check", "rules", "--lint=all", "--lint-fatal", *bundle.rule_files, folder=bundle.folder)
    assert told.count("SUCCESS") == len(bundle.rule_files) > 4


def test_every_generated_unit_test_passes(bundle: Bundle) -> None:
    told = _run("test", "rules", *bundle.test_files, folder=bundle.folder)
    assert told.count("SUCCESS") == len(bundle.test_files) > 4


def test_a_rule_that_is_changed_fails_its_generated_test(bundle: Bundle, tmp_path: Path) -> None:
    for name in ("rules", "tests"):
        (tmp_path / name).mkdir()
    test_file = bundle.folder / "prometheus" / "tests" / "feeds.yml"
    (tmp_path / "tests" / "feeds.yml").write_text(test_file.read_text(encoding="utf-8"), encoding="utf-8")
    rules = (bundle.folder / "prometheus" / "rules" / "feeds.yml").read_text(encoding="utf-8")
    (tmp_path / "rules" / "feeds.yml").write_text(rules.replace("time() -", "time() + 0 *"), encoding="utf-8")
    done = subprocess.run(
        [promtool(), "test", "rules", "tests/feeds.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


def test_a_version_that_means_harm_is_looked_up_and_printed_as_it_is(hostile: Bundle, tmp_path: Path) -> None:
    model, metric = f"{HARMFUL} binary", "accuracy"
    common = {"model_name": model, "model_version": HARMFUL_TOO, "instance": "one:9877"}
    numbers = {
        "ml_accuracy_ratio": 0.25,
        "ml_accuracy_lower_bound_ratio": 0.125,
        "ml_accuracy_upper_bound_ratio": 0.375,
        "ml_window_outcomes": 200,
    }
    series = {selector("ml_objective_breached", metric=metric, **common): "1x40"}
    series |= {selector(name, window="7d", **common): f"{value}x40" for name, value in numbers.items()}
    rules = yaml.safe_load((hostile.folder / "prometheus" / "rules" / "objectives.yml").read_text(encoding="utf-8"))
    rule = next(rule for rule in rules["groups"][0]["rules"] if rule["labels"]["metric"] == metric)
    # a short rule, so that this test speaks of the two annotations only
    rule["annotations"] = {name: rule["annotations"][name] for name in ("description", "dashboard_url")}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}), encoding="utf-8")
    labels = {key: value for key, value in common.items() if key != "instance"}
    case = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "alert_rule_test": [
                    {
                        "eval_time": "5m",
                        "alertname": "MLObjectiveBreached",
                        "exp_alerts": [
                            {
                                "exp_labels": {
                                    "job": "ml-exporter",
                                    "severity": rule["labels"]["severity"],
                                    "metric": metric,
                                    **labels,
                                },
                                "exp_annotations": {
                                    "description": f"{model} {HARMFUL_TOO}: Accuracy of the last 7d is 0.25 (95 %"
                                    " interval 0.125 to 0.375) on 200 outcomes; it should be at least 0.123456789.",
                                    "dashboard_url": "https://example.org/grafana/d/ml-model-quality?var-model_name="
                                    "%22%7D%7B%7B%20.x%20%7D%7D%3Cscript%3E%5C%20%0A%09%27%60%25s%20%25q%20%24value"
                                    "%20%26%20%3C%21channel%3E%20%C3%A9%F0%9D%84%9E%E2%80%A8%20a%2Fb%3Fc%3Dd%23e"
                                    "%20binary&var-model_version=%7B%7B+template+%22x%22+%7D%7D+%7C%7C+vector%281%29+"
                                    "%23+%24labels.model_version&var-window=7d",
                                },
                            }
                        ],
                    }
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(case), encoding="utf-8")
    assert "SUCCESS" in _run("test", "rules", "test.yml", folder=tmp_path)


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        (
            {
                "kind": "mimir",
                "address": "http://m/",
                "tenant": "ml",
                "user": "u",
                "password_file": "secrets/p",
            },
            {
                "url": "http://m/api/v1/push",
                "headers": {"X-Scope-OrgID": "ml"},
                "basic_auth": {"username": "u", "password_file": "../secrets/p"},
            },
        ),
        (
            {"kind": "thanos", "address": "https://t.example", "tenant": "ml"},
            {"url": "https://t.example/api/v1/receive", "headers": {"THANOS-TENANT": "ml"}},
        ),
        (
            {"kind": "victoriametrics", "address": "http://v.example:8428", "only_ours": False},
            {"url": "http://v.example:8428/api/v1/write"},
        ),
    ],
)
def test_a_store_for_long_is_written_to_as_its_kind_wants(
    store: dict[str, Any], expected: dict[str, Any], tmp_path: Path
) -> None:
    file = written(tmp_path, "monitoring")
    values = yaml.safe_load(file.read_text(encoding="utf-8"))
    values["prometheus"]["remote_write"] = [store, {**store, "address": "https://second.example"}]
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    (tmp_path / "secrets" / "p").write_text("x", encoding="utf-8")
    write(generate(load_configuration(file)), tmp_path)
    _run("check", "config", "--lint=all", "--lint-fatal", "prometheus/prometheus.yml", folder=tmp_path)
    entry = yaml.safe_load((tmp_path / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))["remote_write"][0]
    kept = entry.pop("write_relabel_configs", None)
    assert entry == expected
    assert (kept is None) == (store.get("only_ours") is False)


def test_what_is_kept_for_long_is_all_that_rules_and_dashboards_look_at(bundle: Bundle) -> None:
    recorded = {
        rule["record"]
        for file in bundle.rule_files
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
    for name in {family.name for family in catalogue.families()} | recorded | {"ALERTS", "up"}:
        assert re.fullmatch(OURS, name), name
