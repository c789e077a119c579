"""Objectives: when a breach is said, how long it stays, and that a restart or an outage changes nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.config import Objective
from ml_exporter.detectors import ObjectiveJudge
from ml_exporter.detectors.objective import judge
from ml_exporter.events import Outcomes
from ml_exporter.tallies import Buckets, Ladder, SeriesKey, discover
from ml_exporter.windows import windows_at
from tests.builders import outcomes
from tests.pipeline.in_process import NOW, monitoring

NAN = float("nan")
AT_LEAST = Objective(threshold=0.9, minimum_outcomes=100)
AT_MOST = Objective(threshold=0.5, minimum_outcomes=100)


def breached(
    value: float, near_bound: float, *, events: float = 1000, before: bool = False, higher: bool = True
) -> bool:
    """Judge an accuracy of at least 0.9, or (not higher) a latency of at most 0.5."""
    return judge(
        value=value,
        near_bound=near_bound,
        events=events,
        objective=AT_LEAST if higher else AT_MOST,
        direction="higher" if higher else "lower",
        breached=before,
    )


def test_a_breach_is_said_only_where_the_whole_interval_lies_beyond_the_objective() -> None:
    assert breached(0.85, near_bound=0.89)
    assert not breached(0.85, near_bound=0.91)
    assert breached(0.7, near_bound=0.6, higher=False)
    assert not breached(0.7, near_bound=0.4, higher=False)


def test_a_value_at_the_objective_meets_it() -> None:
    assert not breached(0.9, near_bound=0.9)
    assert not breached(0.5, near_bound=0.5, higher=False)


def test_a_metric_without_an_interval_is_judged_by_its_value() -> None:
    assert breached(0.85, near_bound=NAN)
    assert not breached(0.95, near_bound=NAN)


def test_five_outcomes_raise_nothing_and_clear_nothing() -> None:
    assert not breached(0.0, near_bound=0.1, events=5)
    assert breached(1.0, near_bound=1.0, events=5, before=True)


def test_a_breach_ends_when_the_value_is_back_however_wide_its_interval() -> None:
    assert breached(0.899, near_bound=0.99, before=True)
    assert not breached(0.9, near_bound=0.99, before=True)
    assert not breached(0.5, near_bound=0.1, before=True, higher=False)


@given(st.booleans(), st.booleans(), st.floats(0, 1e6))
def test_missing_data_changes_nothing(before: bool, higher: bool, events: float) -> None:
    assert breached(NAN, near_bound=NAN, events=events, before=before, higher=higher) == before


KEY = SeriesKey("fraud", "v1")


def configuration(**objective: Any) -> Any:
    accuracy = {"threshold": 0.9, "minimum_outcomes": 50, **objective}
    return monitoring({"name": "fraud", "task": "binary", "objectives": {"accuracy": accuracy}}, windows=["1h", "24h"])


def said(judges: ObjectiveJudge, *events: Outcomes, key: SeriesKey = KEY) -> dict[str, bool]:
    """Judge the outcomes of one version; return metric to whether its objective is breached."""
    settings = judges._monitoring
    buckets = Buckets(discover(), Ladder.of(settings.buckets), ("label",))
    for batch in events:
        buckets.fold_outcomes(batch, settings.models[0], NOW)
    windows = {window.label: window for window in windows_at(buckets, settings.windows, "label", NOW)}
    return {verdict.metric: verdict.breached for verdict in judges.judge([(0, key)], windows)}


def right(share: float, count: int = 200, age: float = 60.0) -> Outcomes:
    """Return outcomes of which a share is right."""
    predicted = np.ones(count)
    actual = np.arange(count) < share * count
    return outcomes(predicted.tolist(), actual.astype(float).tolist(), at=NOW - age)


def test_a_breach_is_latched_over_a_label_outage_and_ends_with_recovery() -> None:
    judges = ObjectiveJudge(configuration())
    assert said(judges, right(0.95)) == {"accuracy": False}
    assert said(judges, right(0.7)) == {"accuracy": True}
    assert said(judges) == {"accuracy": True}
    assert said(judges, right(0.5, count=10)) == {"accuracy": True}
    assert said(judges, right(0.95)) == {"accuracy": False}
    assert said(judges) == {"accuracy": False}


def test_what_was_said_is_restored_before_anything_is_known() -> None:
    before = ObjectiveJudge(configuration())
    said(before, right(0.7))
    after = ObjectiveJudge(configuration())
    after.restore(before.to_bytes())
    assert said(after) == {"accuracy": True}
    fresh = ObjectiveJudge(configuration())
    fresh.restore(None)
    assert said(fresh) == {"accuracy": False}


@pytest.mark.parametrize(("window", "expected"), [("1h", True), ("24h", False), (None, True)])
def test_an_objective_is_judged_on_its_window_or_on_the_shortest(window: str | None, expected: bool) -> None:
    judges = ObjectiveJudge(configuration(**({} if window is None else {"window": window})))
    assert said(judges, right(0.7), right(1.0, count=5000, age=7200)) == {"accuracy": expected}


def test_versions_are_judged_apart() -> None:
    judges = ObjectiveJudge(configuration())
    assert said(judges, right(0.7)) == {"accuracy": True}
    assert said(judges, key=SeriesKey("fraud", "v2")) == {"accuracy": False}
    assert said(judges) == {"accuracy": True}


def test_a_breach_of_an_objective_that_is_configured_no_longer_is_forgotten() -> None:
    before = ObjectiveJudge(configuration())
    said(before, right(0.7))
    without = ObjectiveJudge(monitoring({"name": "fraud", "task": "binary"}))
    without.restore(before.to_bytes())
    again = ObjectiveJudge(configuration())
    again.restore(without.to_bytes())
    assert said(again) == {"accuracy": False}
