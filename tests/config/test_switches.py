"""Switches: what of watching is done at all, for all models or for one."""

from typing import Any

import pytest

from ml_exporter.config import Monitoring, switch_of
from ml_exporter.config.switches import SWITCHES
from tests.config.conftest import Loaded, Told, changed

_FRAUD, _CHURN = ("models", 0), ("models", 1)


def _stand(monitoring: Monitoring, model: int = 1) -> dict[str, bool | None]:
    return {switch: monitoring.models[model].switches.get(switch) for switch in SWITCHES}


@pytest.mark.parametrize(
    ("level", "on"),
    [
        ("basic", set()),
        ("standard", {"automated_evaluation", "degradation_detection"}),
        ("advanced", set(SWITCHES)),
    ],
)
def test_each_level_switches_on_what_its_name_promises(loaded: Loaded, level: str, on: set[str]) -> None:
    assert _stand(loaded(changed({("strategy",): level}))) == {switch: switch in on for switch in SWITCHES}


def test_without_a_strategy_nothing_is_said(loaded: Loaded) -> None:
    assert set(_stand(loaded(changed({}))).values()) == {None}


def test_a_model_goes_before_the_whole_and_the_whole_before_the_strategy(loaded: Loaded) -> None:
    changes: dict[tuple[str | int, ...], Any] = {
        ("strategy",): "basic",
        ("switches",): {"anomaly_detection": True, "predictive_alerting": True},
        (*_CHURN, "switches"): {"anomaly_detection": False},
    }
    monitoring = loaded(changed(changes))
    assert _stand(monitoring, 0)["anomaly_detection"] is True
    assert _stand(monitoring, 1)["anomaly_detection"] is False
    assert _stand(monitoring, 1)["predictive_alerting"] is True
    assert _stand(monitoring, 1)["degradation_detection"] is False
    given = monitoring.given
    assert [switch_of(given, model, "anomaly_detection").origin for model in given.models] == ["file", "model"]
    assert switch_of(given, given.models[1], "degradation_detection").origin == "strategy"


def test_without_evaluation_objectives_of_latency_and_errors_are_left(loaded: Loaded) -> None:
    own = {"accuracy": 0.7, "prediction_latency_p99": 2, "error_rate": 0.1}
    changes = {(*_CHURN, "objectives"): own, ("switches",): {"automated_evaluation": False}}
    assert set(loaded(changed(changes)).models[1].objectives) == {"prediction_latency_p99", "error_rate"}


def test_what_a_strategy_switches_off_takes_nothing_away_that_stands_in_the_file(loaded: Loaded) -> None:
    changes = {("strategy",): "basic", (*_CHURN, "objectives"): {"accuracy": 0.7}}
    assert "accuracy" in loaded(changed(changes)).models[1].objectives


def test_without_detection_nothing_is_judged_whatever_metrics_are_named(loaded: Loaded) -> None:
    changes: dict[tuple[str | int, ...], Any] = {
        (*_CHURN, "detection"): {"metrics": ["accuracy"]},
        (*_CHURN, "switches"): {"degradation_detection": False},
    }
    monitoring = loaded(changed(changes))
    assert monitoring.models[1].judged_metrics == ()
    assert monitoring.models[0].judged_metrics != ()


def test_detection_can_be_switched_on_where_the_strategy_has_none(loaded: Loaded) -> None:
    changes = {("strategy",): "basic", (*_CHURN, "switches"): {"degradation_detection": True}}
    monitoring = loaded(changed(changes))
    assert "accuracy" in monitoring.models[1].judged_metrics
    assert monitoring.models[0].judged_metrics == ()


def test_trends_are_followed_where_one_model_wants_it(loaded: Loaded) -> None:
    for off, followed in (([0, 1], False), ([0], True)):
        changes = {("models", model, "switches"): {"predictive_alerting": False} for model in off}
        assert ("trend" in loaded(changed(changes)).detection.detectors) == followed


def test_a_switch_that_there_is_not_is_refused(told: Told) -> None:
    (problem,) = told(changed({("switches",): {"anomaly_detector": True}}))
    assert problem.path == "switches.anomaly_detector"
    assert "anomaly_detection" in problem.message
