"""Alerts are switched off, raised and given other thresholds by the configuration, and for one model by the model."""

from typing import Any

import pytest

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.choice import chosen
from ml_exporter.config import Monitoring

_FEED = {"name": "predictions", "kind": "file", "path": "p.jsonl", "events": "predictions"}


def _monitoring(alerts: dict[str, Any], of_fraud: dict[str, Any]) -> Monitoring:
    models = [
        {"name": "fraud", "task": "binary", "alerts": of_fraud},
        {"name": "{{ churn }}", "task": "binary"},
    ]
    feeds = {"models": models, "feeds": [_FEED], "alerting": {"alerts": alerts}}
    return Monitoring.model_validate(feeds, context={"feeds": {"file": _file_settings()}})


def _file_settings() -> Any:
    from ml_exporter.pipeline import plug_in_kinds  # noqa: PLC0415 - a heavy room that only this needs

    return plug_in_kinds().feeds["file"]


def _found(monitoring: Monitoring, name: str) -> dict[str, tuple[str, str]]:
    """Return model to severity and threshold of its alert."""
    return {
        alert.labels["model_name"]: (alert.labels["severity"], alert.annotations["threshold"])
        for group in alert_groups()
        for alert in chosen(group, monitoring)[0]
        if alert.name == name
    }


def _expected(monitoring: Monitoring, name: str) -> list[set[tuple[str, str]]]:
    """Return model and severity of the alerts that each case of a name expects."""
    return [
        {(alert.labels["model_name"], alert.labels["severity"]) for alert in case.expected}
        for group in alert_groups()
        for case in chosen(group, monitoring)[1]
        if case.alert == name and case.expected
    ]


_OTHER = '{{ "{{ churn }}" }}'
"""As a rule writes the other model's name."""


def test_by_default_every_model_has_the_alert() -> None:
    found = _found(_monitoring({}, {}), "MLErrorRateHigh")
    assert found == {"fraud": ("warning", "at most 5%"), _OTHER: ("warning", "at most 5%")}


def test_the_configuration_changes_all_models_and_a_model_its_own() -> None:
    monitoring = _monitoring(
        {"MLErrorRateHigh": {"severity": "info", "threshold": 0.25}},
        {"MLErrorRateHigh": {"severity": "critical"}},
    )
    assert _found(monitoring, "MLErrorRateHigh") == {
        "fraud": ("critical", "at most 25%"),
        _OTHER: ("info", "at most 25%"),
    }
    assert _expected(monitoring, "MLErrorRateHigh") == [{("fraud", "critical"), ("{{ churn }}", "info")}] * 2


def test_an_alert_that_is_off_for_all_can_be_on_for_one_model() -> None:
    monitoring = _monitoring({"MLErrorRateHigh": {"enabled": False}}, {"MLErrorRateHigh": {"enabled": True}})
    assert list(_found(monitoring, "MLErrorRateHigh")) == ["fraud"]
    assert _expected(monitoring, "MLErrorRateHigh") == [{("fraud", "warning")}] * 2


@pytest.mark.parametrize("name", ["MLErrorRateHigh", "MLExporterDown", "MLModelDegraded"])
def test_an_alert_that_is_off_has_neither_rules_nor_cases(name: str) -> None:
    monitoring = _monitoring({name: {"enabled": False}}, {})
    assert _found(monitoring, name) == {}
    assert not any(case.alert == name for group in alert_groups() for case in chosen(group, monitoring)[1])


@pytest.mark.parametrize("name", ["MLHostDiskLow", "MLGPUHot", "MLRulesFailing", "MLCollectorFailing"])
def test_a_model_has_nothing_to_say_of_alerts_that_are_about_none(name: str) -> None:
    values = {"models": [{"name": "fraud", "task": "binary", "alerts": {name: {"enabled": False}}}], "feeds": [_FEED]}
    with pytest.raises(ValueError, match="is about no model, so none can have its own; write it under alerting"):
        Monitoring.model_validate(values, context=_kinds())


def test_every_other_alert_can_be_chosen_for_a_model() -> None:
    names = [name for group in alert_groups() if group.about_models for name in group.meaning]
    values = {
        "models": [{"name": "fraud", "task": "binary", "alerts": {name: {"enabled": False} for name in names}}],
        "feeds": [_FEED],
    }
    assert len(Monitoring.model_validate(values, context=_kinds()).models[0].alerts) == len(names)


def _kinds() -> dict[str, Any]:
    from ml_exporter.pipeline import plug_in_kinds  # noqa: PLC0415 - as above

    return vars(plug_in_kinds())
