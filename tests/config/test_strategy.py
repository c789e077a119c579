"""A strategy decides what the file leaves open, and nothing else."""

from typing import Any

import pytest

from tests.config.conftest import Loaded, Told, changed

_FRAUD, _CHURN = ("models", 0), ("models", 1)


def _objectives(
    loaded: Loaded, changes: dict[tuple[str | int, ...], Any], model: int = 1
) -> dict[str, tuple[float, str]]:
    monitoring = loaded(changed(changes))
    objectives = monitoring.models[model].objectives
    return {name: (objective.threshold, objective.severity) for name, objective in objectives.items()}


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("basic", {"error_rate": (0.05, "critical"), "prediction_latency_p95": (1.0, "warning")}),
        (
            "standard",
            {
                "error_rate": (0.03, "critical"),
                "prediction_latency_p95": (0.5, "warning"),
                "accuracy": (0.85, "critical"),
            },
        ),
        (
            "advanced",
            {
                "error_rate": (0.01, "critical"),
                "prediction_latency_p95": (0.2, "warning"),
                "accuracy": (0.9, "critical"),
            },
        ),
    ],
)
def test_each_level_expects_what_its_name_promises(
    loaded: Loaded, level: str, expected: dict[str, tuple[float, str]]
) -> None:
    assert _objectives(loaded, {("strategy",): level}) == expected


def test_without_a_strategy_nothing_is_decided(loaded: Loaded) -> None:
    monitoring = loaded(changed({}))
    assert monitoring.given is monitoring
    assert monitoring.models[1].objectives == {}


def test_an_objective_of_the_models_own_goes_first_and_one_of_latency_is_enough(loaded: Loaded) -> None:
    own = {"accuracy": 0.7, "prediction_latency_p99": 2}
    found = _objectives(loaded, {("strategy",): "standard", (*_CHURN, "objectives"): own})
    assert found == {
        "accuracy": (0.7, "warning"),
        "prediction_latency_p99": (2, "warning"),
        "error_rate": (0.03, "critical"),
    }


def test_a_model_that_does_not_classify_gets_no_objective_of_accuracy(loaded: Loaded) -> None:
    price = {"name": "price", "task": "regression"}
    found = _objectives(loaded, {("strategy",): "advanced", ("models",): [price], ("feeds", 0, "models"): []}, 0)
    assert set(found) == {"error_rate", "prediction_latency_p95"}


def test_detectors_judge_what_the_level_says_unless_the_model_says_what(loaded: Loaded) -> None:
    def judged(level: str, **further: Any) -> tuple[str, ...]:
        changes = {("strategy",): level, **({(*_CHURN, "detection"): further} if further else {})}
        return loaded(changed(changes)).models[1].judged_metrics

    usual = {"accuracy", "precision", "recall", "prediction_latency_p95", "error_rate"}
    assert judged("basic") == ()
    assert set(judged("standard")) == usual
    assert set(judged("advanced")) == usual | {"auc_roc", "f1"}
    assert judged("basic", metrics=["accuracy"]) == ("accuracy",)


def test_a_model_may_have_a_strategy_of_its_own(loaded: Loaded) -> None:
    changes = {("strategy",): "basic", (*_CHURN, "strategy"): "advanced"}
    assert _objectives(loaded, changes)["accuracy"] == (0.9, "critical")
    assert "error_rate" in _objectives(loaded, changes, model=0)
    assert loaded(changed(changes)).models[0].judged_metrics == ()


@pytest.mark.parametrize(("level", "refresh", "retention"), [("basic", "1m", "30d"), ("advanced", "10s", "365d")])
def test_time_follows_the_strategy_where_the_file_does_not_say(
    loaded: Loaded, level: str, refresh: str, retention: str
) -> None:
    values = changed({("strategy",): level})
    assert str(loaded(values).tick) == "15s"  # as the file says
    del values["tick"]
    monitoring = loaded(values)
    assert str(monitoring.tick) == str(monitoring.prometheus.scrape_interval) == refresh
    assert str(monitoring.prometheus.retention) == retention
    assert ("trend" in monitoring.detection.detectors) == (level == "advanced")


def test_what_decides_the_level_may_stand_in_its_place(loaded: Loaded) -> None:
    strategy = {"deployment_scale": "small", "criticality": "low"}
    assert _objectives(loaded, {("strategy",): strategy})["error_rate"] == (0.05, "critical")


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        ("most", "'basic'"),
        ({"level": "basic", "criticality": "low"}, "is chosen twice"),
        ({"criticality": "low"}, "names no strategy"),
        ({}, "names no strategy"),
        ({"deployment_scale": "huge", "criticality": "low"}, "'small'"),
    ],
)
def test_a_strategy_that_cannot_be_is_refused(told: Told, strategy: Any, said: str) -> None:
    (problem,) = told(changed({(*_FRAUD, "strategy"): strategy}))
    assert problem.path.startswith("models[0].strategy")
    assert said in problem.message
