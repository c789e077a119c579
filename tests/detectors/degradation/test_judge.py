"""The judge: baselines from the past, verdicts that last, and what they say of a change."""

import math
from dataclasses import replace

import pytest

from ml_exporter import catalogue
from ml_exporter.detectors.degradation.streams import level_of
from ml_exporter.tallies import SeriesKey
from tests.detectors.degradation.world import World, monitoring, of

DAY = 86400.0


def test_a_full_past_gives_a_frozen_baseline_at_the_first_tick() -> None:
    world = World()
    world.past(DAY)
    baseline = of(world.tick()).baseline
    assert baseline is not None
    assert baseline.ready
    assert baseline.mean == pytest.approx(0.92, abs=0.003)
    assert baseline.minimum <= baseline.p50 <= baseline.p95 <= baseline.p99 <= baseline.maximum


def test_with_few_outcomes_nothing_is_known_and_nothing_is_said() -> None:
    said = of(World().minutes(4, rows=100))
    assert said.baseline is None
    assert not said.degraded
    assert math.isnan(said.log10_evidence)


def test_a_short_past_gives_a_provisional_baseline_that_is_frozen_once_its_period_is_full() -> None:
    world = World(monitoring(model={"baseline": {"period": "2h"}}))
    first = of(world.minutes(20)).baseline
    assert first is not None
    assert not first.ready
    later = of(world.minutes(130, step=5)).baseline
    assert later is not None
    assert later.ready
    frozen = of(world.minutes(60, step=5)).baseline
    assert frozen == later


def test_a_fall_is_found_dated_and_explained_by_its_slice() -> None:
    world = World()
    world.past(DAY)
    world.minutes(30)
    fell_at = world.at
    said = of(world.minutes(30, accuracy=(0.92, 0.80)))
    assert said.degraded
    assert said.alarms == 1
    assert fell_at < said.since <= world.at
    assert said.change_point == pytest.approx(fell_at, abs=300)
    assert said.change == pytest.approx(0.06, abs=0.02)
    assert said.change_lower < said.change < said.change_upper
    assert (said.slices[0].segment_key, said.slices[0].segment_value) == ("c", "b")
    assert said.slices[0].contribution == pytest.approx(0.06, abs=0.02)
    assert said.change_ratio < 0


def test_an_improvement_is_no_degradation() -> None:
    world = World()
    world.past(DAY)
    said = world.minutes(60, accuracy=(0.99, 0.99))
    assert not any(one.degraded for one in said)


def test_a_verdict_survives_missing_labels_and_a_restart_and_ends_after_recovery() -> None:
    world = World(monitoring(detection={"recover_for": "10m"}))
    world.past(DAY)
    bad = of(world.minutes(10, accuracy=(0.7, 0.7)))
    assert bad.degraded
    silent = of(world.minutes(120, rows=0, step=10))
    assert silent.degraded
    world.restart()
    restored = of(world.tick())
    assert (restored.degraded, restored.since, restored.alarms) == (True, bad.since, 1)
    recovered = of(world.minutes(40))
    assert not recovered.degraded
    assert recovered.alarms == 1
    assert of(world.minutes(10, accuracy=(0.7, 0.7))).alarms == 2


def test_a_restart_at_any_moment_changes_no_verdict_and_no_evidence() -> None:
    straight, broken = World(seed=3), World(seed=3)
    for world in (straight, broken):
        world.past(DAY)
    for minute in range(25):
        accuracy = (0.92, 0.92) if minute < 10 else (0.9, 0.86)
        expected = straight.minutes(1, accuracy)
        if minute % 4 == 1:
            broken.restart()
        assert repr(broken.minutes(1, accuracy)) == repr(expected)  # NaN differs from itself


def test_late_labels_count_in_the_open_bucket() -> None:
    world = World()
    world.past(DAY)
    world.minutes(5)
    late = world.outcomes((0.6, 0.6), 3000, since=world.at - 3600, until=world.at - 1800)
    world.buckets.fold_outcomes(late, world.settings.models[0], world.at)
    assert of(world.minutes(2)).degraded


def test_a_backlog_before_the_first_tick_is_learnt_from_and_not_judged() -> None:
    world = World()
    world.past(DAY, accuracy=(0.9, 0.9))
    world.past(3600, accuracy=(0.5, 0.5), rows=5000)
    assert not of(world.tick()).degraded


def test_nothing_is_learnt_from_degraded_time() -> None:
    world = World(monitoring(model={"baseline": {"period": "4h", "refresh": "1h"}}, detection={"recover_for": "10m"}))
    world.past(4 * 3600.0)
    world.minutes(5)
    assert of(world.minutes(70, accuracy=(0.7, 0.7), step=5)).degraded
    said = of(world.minutes(100, step=5))
    assert not said.degraded
    assert said.baseline is not None
    assert said.baseline.until > world.at - 3 * 3600
    # of the 70 minutes only those before the alarm, and those of the way back, may have been seen
    assert said.baseline.minimum > 0.85


def test_a_new_version_starts_from_its_predecessors_baseline() -> None:
    world = World()
    world.past(DAY)
    world.minutes(3)
    world.series.append(SeriesKey("m", "v2"))
    said = of(world.minutes(1, version=3), version="v2")
    assert said.baseline is not None
    assert said.baseline.inherited
    assert not said.baseline.ready
    assert of(world.minutes(15, accuracy=(0.7, 0.7), version=3), version="v2").degraded


def test_a_new_version_takes_nothing_away_from_what_is_said_of_the_others() -> None:
    world = World()
    world.past(DAY)
    before = of(world.minutes(5))
    assert before.detectors
    world.series.append(SeriesKey("m", "v2"))
    after = world.tick()
    assert of(after).detectors == before.detectors
    assert of(after).log10_evidence == before.log10_evidence
    assert not of(after, version="v2").detectors
    assert world.judge.reset(lambda stream: stream.metric == "accuracy", world.at, None)
    assert not of(world.tick()).detectors
    assert of(world.tick(), "error_rate").detectors.keys() == of(after, "error_rate").detectors.keys()


def test_of_several_predecessors_the_one_with_most_outcomes_on_the_day_before_counts() -> None:
    world = World(monitoring(model={"baseline": {"period": "2h"}}, detection={"recover_for": "10m"}))
    world.series.append(SeriesKey("m", "v2"))
    for _ in range(30):
        world.minutes(5, accuracy=(0.95, 0.95), rows=60, step=5)
        world.minutes(5, accuracy=(0.8, 0.8), rows=200, version=3, step=5)
    world.series.append(SeriesKey("m", "v3"))
    said = of(world.minutes(1, version=4), version="v3")
    assert said.baseline is not None
    assert said.baseline.mean == pytest.approx(0.8, abs=0.02)


def test_a_new_version_starts_from_nothing_where_the_configuration_says_so() -> None:
    world = World(monitoring(model={"baseline": {"period": "1d", "inherit": False}}))
    world.past(DAY)
    world.minutes(2)
    world.series.append(SeriesKey("m", "v2"))
    assert of(world.minutes(1, version=3), version="v2").baseline is None


def test_a_detector_that_compares_pages_only_where_it_is_asked_to() -> None:
    quiet = World(monitoring(detection={"detectors": ["z_score"]}))
    asked = World(monitoring(detection={"detectors": ["z_score"], "also_page": ["z_score"]}))
    for world in (quiet, asked):
        world.past(DAY)
    assert not of(quiet.minutes(90, accuracy=(0.6, 0.6), step=5)).degraded
    said = of(asked.minutes(90, accuracy=(0.6, 0.6), step=5))
    assert said.degraded
    assert said.votes == 1


def test_only_the_metrics_that_were_asked_for_are_judged() -> None:
    world = World(monitoring(model={"detection": {"metrics": ["f1", "accuracy"]}}))
    world.past(DAY)
    assert [one.metric for one in world.tick()] == ["accuracy", "f1"]


def test_a_metric_judged_by_its_value_degrades_too() -> None:
    world = World(
        monitoring(
            model={"detection": {"metrics": ["f1"]}, "baseline": {"period": "4d"}},
            detection={"false_alarm_every": "3d"},
        )
    )
    world.past(4 * DAY, rows=400_000)
    assert of(world.minutes(30 * 60, accuracy=(0.75, 0.75), rows=20, step=60), "f1").degraded


def test_detection_can_be_switched_off() -> None:
    world = World(monitoring(detection={"enabled": False}))
    assert world.minutes(1) == []


def test_objectives_become_levels_in_the_direction_of_the_metric() -> None:
    assert level_of(catalogue.metric("accuracy", "binary"), 0.9) == pytest.approx(0.1)
    assert level_of(catalogue.metric("error_rate", "binary"), 0.02) == 0.02
    assert level_of(catalogue.metric("auc_roc", "binary"), 0.8) == -0.8
    assert math.isnan(level_of(catalogue.metric("prediction_latency_p95", "binary"), 0.2))


def test_the_last_streams_of_a_fleet_do_not_depend_on_the_first() -> None:
    alone, together = World(seed=5), World(monitoring(model={"detection": {"metrics": ["accuracy", "recall"]}}), seed=5)
    for world in (alone, together):
        world.past(DAY)
        world.minutes(5)
    one, other = of(alone.minutes(1)), of(together.minutes(1))
    assert repr(replace(one, log10_threshold=0.0)) == repr(replace(other, log10_threshold=0.0))


@pytest.mark.parametrize("on", [True, False])
def test_a_model_for_which_forecasts_are_switched_off_is_told_no_trend(on: bool) -> None:
    model = {"switches": {"predictive_alerting": on}, "objectives": {"accuracy": 0.8}}
    made = World(monitoring(model=model, windows=["1h"], buckets=[{"width": "1h", "keep": "40d"}]))
    made.past(86400.0)
    for day in range(8):
        falling = 0.92 - 0.008 * day
        said = made.minutes(24 * 60, accuracy=(falling, falling), rows=20, step=60)
    (accuracy,) = [one for one in said if one.metric == "accuracy"]
    assert math.isfinite(accuracy.trend_per_day) == on
    assert on or math.isnan(accuracy.crossing)
    assert ("trend" in accuracy.detectors) == on
    assert "sequential" in accuracy.detectors
