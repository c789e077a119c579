"""Error budgets: factors that can fire, spans of windows side by side, and burn rates that a plain sum agrees with."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.bundle import generate, write
from ml_exporter.bundle.budgets import budgets, tiers
from ml_exporter.bundle.promql import selector
from ml_exporter.config import Monitoring
from ml_exporter.pipeline import plug_in_kinds
from tests.stack.servers import promtool

_WINDOWS = ["5m", "1h", "6h", "1d"]
_KINDS = vars(plug_in_kinds())


def _monitoring(objectives: dict[str, Any], windows: list[str] = _WINDOWS, **further: Any) -> Monitoring:
    model = {"name": "fraud", "task": "binary", "objectives": objectives}
    feed = {"name": "p", "kind": "file", "path": "p.jsonl", "events": "predictions"}
    values = {"models": [model], "feeds": [feed], "windows": windows, **further}
    return Monitoring.model_validate(values, context=_KINDS)


def _told(objectives: dict[str, Any], windows: list[str] = _WINDOWS) -> list[tuple[str, str | None, float]]:
    """Return span, short span and factor of every tier."""
    monitoring = _monitoring(objectives, windows)
    return [
        (tier.span.name, tier.short.name if tier.short else None, tier.factor)
        for budget in budgets(monitoring)
        for tier in tiers(monitoring, budget)
    ]


def test_a_strict_objective_has_the_factors_of_the_workbook() -> None:
    assert _told({"error_rate": 0.01}) == [
        ("1h", "5m", 14.4),
        ("6h", "30m", 6.0),
        ("1d", "2h", 3.0),
        ("3d", "6h", 1.0),
    ]


def test_an_objective_of_90_percent_never_waits_for_what_cannot_be() -> None:
    assert _told({"accuracy": 0.9}) == [("1d", "2h", 3.0), ("3d", "6h", 1.0)]
    assert _told({"error_rate": 0.1}) == [("1h", "5m", 5.5), ("1d", "2h", 3.0), ("3d", "6h", 1.0)]


def test_half_of_all_requests_may_be_slower_than_the_median_and_that_too_can_burn() -> None:
    assert _told({"prediction_latency_p50": 0.2}) == [("1h", "5m", 1.5), ("1d", "2h", 1.5), ("3d", "6h", 1.0)]


@pytest.mark.parametrize("objectives", [{"accuracy": 1.0}, {"error_rate": 0.0}, {"auc_roc": 0.9}, {"f1": 0.8}])
def test_what_lets_nothing_go_wrong_or_counts_no_events_has_no_budget(objectives: dict[str, float]) -> None:
    assert _told(objectives) == []


@given(st.floats(min_value=0.0001, max_value=0.9999))
def test_every_factor_can_be_reached_and_none_is_below_what_lasts(share: float) -> None:
    monitoring = _monitoring({"error_rate": share})
    for budget in budgets(monitoring):
        for tier in tiers(monitoring, budget):
            assert tier.factor >= 1
            assert tier.factor * budget.share < 1


def test_windows_that_make_up_no_span_leave_it_out_and_a_longer_window_stands_for_a_short_span() -> None:
    assert _told({"error_rate": 0.01}, ["1h", "24h", "7d"]) == [
        ("1h", None, 14.4),
        ("6h", "1h", 6.0),
        ("24h", "2h", 3.0),
        ("3d", "6h", 1.0),
    ]
    assert _told({"error_rate": 0.01}, ["7d"]) == []


_OBJECTIVES = {
    "accuracy": 0.9,
    "precision": 0.99,
    "recall": 0.5,
    "error_rate": 0.001,
    "prediction_latency_p95": 0.2,
}


@pytest.mark.parametrize(
    ("windows", "targets"),
    [(_WINDOWS, ["a:1"]), (["10m", "30m", "3d"], ["a:1"]), (["1h", "24h", "7d"], ["a:1", "b:1"])],
)
def test_the_generated_cases_pass_with_windows_of_all_kinds_and_with_several_exporters(
    windows: list[str], targets: list[str], tmp_path: Path
) -> None:
    write(generate(_monitoring(_OBJECTIVES, windows, prometheus={"targets": targets})), tmp_path)
    tests = sorted((tmp_path / "prometheus" / "tests").glob("*.yml"))
    done = subprocess.run([promtool(), "test", "rules", *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_burn_rates_are_those_of_the_windows_side_by_side(tmp_path: Path) -> None:
    """Failed requests of every five minutes are known; the rule sees windows, a plain sum the counts themselves."""
    monitoring = _monitoring({"error_rate": 0.05}, ["5m"])
    failed = [(7 * index) % 11 for index in range(24)]
    succeeded = [100 + 3 * index for index in range(24)]
    series = {
        _requests(status): " ".join(str(count) for count in counts for _ in range(5))
        for status, counts in (("error", failed), ("success", succeeded))
    }
    write(generate(monitoring), tmp_path)
    expected = {
        "version:ml_budget_burn_rate:over_5m": _burn(failed[23:], succeeded[23:]),
        "version:ml_budget_burn_rate:over_1h": _burn(failed[12:], succeeded[12:]),
    }
    labels = 'job="ml-exporter",metric="error_rate",model_name="fraud",model_version="v1"'
    case = {
        "rule_files": ["prometheus/rules/recordings-burn-rates.yml"],
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": name,
                        "eval_time": "119m",
                        "exp_samples": [{"labels": f"{name}{{{labels}}}", "value": value}],
                    }
                    for name, value in expected.items()
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(case), encoding="utf-8")
    done = subprocess.run(
        [promtool(), "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _requests(status: str) -> str:
    own = {"model_name": "fraud", "model_version": "v1", "window": "5m", "status": status}
    return selector("ml_window_requests", **own, instance="one:9877")


def _burn(failed: list[int], succeeded: list[int]) -> float:
    return sum(failed) / (sum(failed) + sum(succeeded)) / 0.05
