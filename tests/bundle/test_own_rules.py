"""Rules of the user's own: for every model that has the metric, by the near bound, on enough data points."""

from typing import Any

import pytest

from ml_exporter.bundle.alerts import Alert, alert_groups
from ml_exporter.config import Monitoring
from ml_exporter.pipeline import plug_in_kinds

_KINDS = vars(plug_in_kinds())


def _alerts(**rule: Any) -> list[Alert]:
    values = {
        "models": [{"name": "fraud", "task": "binary"}, {"name": "price", "task": "regression"}],
        "feeds": [{"name": "p", "kind": "file", "path": "p.jsonl", "events": "predictions"}],
        "alerting": {"rules": [{"name": "own", "operator": "lt", "threshold": 0.8, **rule}]},
    }
    monitoring = Monitoring.model_validate(values, context=_KINDS)
    return [alert for group in alert_groups() for alert in group.alerts(monitoring) if alert.name == "own"]


def _models(alerts: list[Alert]) -> list[str]:
    return [alert.labels["model_name"] for alert in alerts]


def test_a_rule_is_about_every_model_that_has_the_metric_or_about_those_that_it_names() -> None:
    assert _models(_alerts(metric="accuracy")) == ["fraud"]
    assert _models(_alerts(metric="error_rate")) == ["fraud", "price"]
    assert _models(_alerts(metric="error_rate", models=["price"])) == ["price"]
    assert _models(_alerts(metric="ml_label_coverage_ratio")) == ["fraud", "price"]


def test_all_of_the_interval_must_lie_beyond_and_the_window_hold_enough() -> None:
    (alert,) = _alerts(metric="accuracy", window="24h", min_data_points=50, severity="critical")
    shown = 'max without (instance, pod) (ml_accuracy{}_ratio{{job="ml-exporter",model_name="fraud",window="24h"}})'
    outcomes = 'max without (instance, pod) (ml_window_outcomes{job="ml-exporter",model_name="fraud",window="24h"})'
    assert alert.expression == (
        f"({shown.format('')} < 0.8 and {shown.format('_upper_bound')} < 0.8)"
        f" and on (model_name, model_version) sum without (window) ({outcomes}) >= 50"
    )
    assert alert.labels == {"severity": "critical", "model_name": "fraud", "metric": "accuracy"}


@pytest.mark.parametrize(("operator", "bound"), [("gt", "lower"), ("gte", "lower"), ("lt", "upper"), ("lte", "upper")])
def test_the_near_bound_is_that_on_the_side_of_the_threshold(operator: str, bound: str) -> None:
    (alert,) = _alerts(metric="accuracy", operator=operator)
    assert f"ml_accuracy_{bound}_bound_ratio" in alert.expression


def test_the_description_and_the_page_of_ones_own_are_told() -> None:
    (alert,) = _alerts(metric="accuracy", description="Too {{ low }}", runbook="https://wiki.example.org/accuracy")
    assert alert.annotations["description"].endswith('it should not be below 0.8. {{ "Too {{ low }}" }}.')
    assert alert.annotations["runbook_url"] == "https://wiki.example.org/accuracy"
