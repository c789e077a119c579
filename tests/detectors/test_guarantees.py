"""The promises, by seeded simulation: few false alarms, short delays. The large runs are in benchmarks/detection.

With c = 500 buckets and horizons of a few hundred, so that false alarms are not so rare that nothing is tested:
P(false alarm within t buckets) <= t / c must hold, with 3 standard errors of room.
"""

import math

import numpy as np
import pytest

from ml_exporter.detectors import Settings, detector, ensemble
from ml_exporter.detectors.baseline import learn
from ml_exporter.detectors.past import Past
from tests.detectors.builders import MINUTE, START, baseline, binomial_buckets, counts, every, first_alarms, values

SEQUENTIAL, BETTING, CHANGE_POINT = detector("sequential"), detector("betting"), detector("change_point")
C = 500.0
SOON = Settings(false_alarm_every=C * MINUTE)
MONTH = Settings()
DAY = 86400.0


def at_most(share: float, promised: float, streams: int) -> bool:
    return share <= promised + 3 * math.sqrt(promised * (1 - promised) / streams)


@pytest.mark.parametrize("outcomes", [1, 20, 200])
def test_false_alarms_of_counts_are_as_rare_as_promised(outcomes: int) -> None:
    buckets = binomial_buckets(np.random.default_rng(outcomes), 0.08, 1500, 150, outcomes)
    alarms = ~np.isnan(first_alarms(SEQUENTIAL, buckets, baseline(1500), SOON))
    assert at_most(alarms.mean(), 150 / C, 1500)
    assert alarms.any()  # or the simulation would show nothing


def test_the_mean_time_to_a_false_alarm_is_at_least_c() -> None:
    buckets = binomial_buckets(np.random.default_rng(1), 0.08, 200, 6000, 50)
    settings = Settings(false_alarm_every=100 * MINUTE)
    first = first_alarms(SEQUENTIAL, buckets, baseline(200), settings)
    mean = np.where(np.isnan(first), 6000, first).mean()
    assert 100 <= mean <= 400


@pytest.mark.parametrize("phi", [2.0, 4.0])
def test_false_alarms_stay_rare_when_errors_cluster(phi: float) -> None:
    random = np.random.default_rng(int(phi))
    spread = (phi - 1) / 199
    first, second = 0.08 * (1 / spread - 1), 0.92 * (1 / spread - 1)
    buckets = [
        counts(index, every(1000, 200), random.binomial(200, random.beta(first, second, 1000))) for index in range(150)
    ]
    knowing = first_alarms(SEQUENTIAL, buckets, baseline(1000, overdispersion=phi), SOON)
    assert at_most(float((~np.isnan(knowing)).mean()), 150 / C, 1000)
    ignorant = first_alarms(SEQUENTIAL, buckets, baseline(1000), SOON)
    assert (~np.isnan(ignorant)).mean() > 0.5  # what the overdispersion is measured for


def test_empty_buckets_raise_no_alarm_however_many_there_are() -> None:
    random = np.random.default_rng(5)
    buckets = []
    for index in range(1500):
        outcomes = np.where(random.random(800) < 0.1, 50.0, 0.0)
        buckets.append(counts(index, outcomes, random.binomial(outcomes.astype(int), 0.08)))
    alarms = ~np.isnan(first_alarms(SEQUENTIAL, buckets, baseline(800), SOON))
    assert at_most(alarms.mean(), 150 / C, 800)


@pytest.mark.parametrize("spread", [5.0, 100.0])
def test_false_alarms_of_bounded_values_are_as_rare_as_promised(spread: float) -> None:
    random = np.random.default_rng(int(spread))
    buckets = [values(index, random.beta(0.2 * spread, 0.8 * spread, 1500)) for index in range(150)]
    alarms = ~np.isnan(first_alarms(BETTING, buckets, baseline(1500, bound=0.2), SOON))
    assert at_most(alarms.mean(), 150 / C, 1500)


def test_the_average_of_both_keeps_the_promise_whatever_they_share() -> None:
    random = np.random.default_rng(6)
    states = [SEQUENTIAL.start(1000), BETTING.start(1000)]
    known, alarmed = baseline(1000), np.zeros(1000, dtype=bool)
    for bucket in binomial_buckets(random, 0.08, 1000, 150):
        said = []
        for place, tested in enumerate((SEQUENTIAL, BETTING)):
            states[place], evidence = tested.update(states[place], known, bucket, SOON)
            said.append(evidence)
        alarmed |= ensemble.average(said).alarm
    assert at_most(float(alarmed.mean()), 150 / C, 1000)


def test_change_points_of_nothing_are_about_as_rare_as_their_threshold_says() -> None:
    buckets = binomial_buckets(np.random.default_rng(7), 0.08, 600, 150)
    alarms = ~np.isnan(first_alarms(CHANGE_POINT, buckets, baseline(600), SOON))
    assert at_most(alarms.mean(), 150 / C, 600)


@pytest.mark.parametrize(("accuracy", "longest"), [(0.91, 75), (0.90, 24), (0.87, 6), (0.80, 2)])
def test_a_fall_is_found_as_fast_as_measured_at_one_false_alarm_in_a_month(accuracy: float, longest: float) -> None:
    buckets = binomial_buckets(np.random.default_rng(8), 1 - accuracy, 300, 400)
    first = first_alarms(SEQUENTIAL, buckets, baseline(300), MONTH)
    assert not np.isnan(first).any()
    assert first.mean() < longest


def test_a_slow_drift_is_found_within_hours() -> None:
    random = np.random.default_rng(9)
    buckets = (
        counts(index, every(60, 200), random.binomial(200, 0.08 + 0.02 * index / 1440, 60)) for index in range(900)
    )
    first = first_alarms(SEQUENTIAL, buckets, baseline(60), MONTH)
    assert first.mean() < 480


def rate_of(time: float) -> float:
    return 0.08 + 0.01 * math.sin(2 * math.pi * time / DAY)


def learnt_from_rhythm(days: float, streams: int, seed: int) -> Past:
    random = np.random.default_rng(seed)
    start = START - days * DAY + 3600 * np.arange(int(days * 24))
    outcomes = np.full((len(start), streams), 12_000.0)
    rates = np.array([rate_of(time + 1800) for time in start])[:, None]
    bad = random.binomial(12_000, np.broadcast_to(rates, outcomes.shape)).astype(float)
    nothing = np.full(outcomes.shape, np.nan)
    return Past(start, np.full(len(start), 3600.0), outcomes, bad, nothing, np.ones(outcomes.shape, dtype=bool))


@pytest.mark.parametrize("days", [6.0, 15.0, 30.0])
def test_a_daily_rhythm_raises_no_alarm_in_two_days_and_a_fall_within_it_does(days: float) -> None:
    streams, random = 30, np.random.default_rng(int(days))
    learnt = learn(
        learnt_from_rhythm(days, streams, int(days)), every(streams, 0), every(streams, 1), every(streams, 0.002), "UTC"
    )
    state = SEQUENTIAL.start(streams)
    for index in range(2 * 288):
        time = START + 300 * index + 150
        healthy = index < 2 * 288 - 24
        rate = rate_of(time) + (0.0 if healthy else 0.04)
        bucket = counts(0, every(streams, 1000), random.binomial(1000, rate, streams))
        state, evidence = SEQUENTIAL.update(state, learnt.at(time, "UTC"), bucket, Settings())
        assert not (healthy and evidence.alarm.any())
    assert evidence.alarm.all()


def test_a_short_baseline_is_wide_and_keeps_the_promise_where_a_plug_in_mean_does_not() -> None:
    streams, random = 400, np.random.default_rng(10)
    seen = random.binomial(100, 0.08, (12, streams)).astype(float)
    past = Past(
        START + 3600 * np.arange(12.0),
        np.full(12, 3600.0),
        np.full(seen.shape, 100.0),
        seen,
        np.full(seen.shape, np.nan),
        np.ones(seen.shape, dtype=bool),
    )
    known = learn(past, every(streams, 0), every(streams, 1), every(streams, 0), "UTC").at(START, "UTC")
    plugged = baseline(streams, bound=known.mean)
    buckets = list(binomial_buckets(random, 0.08, streams, 400))
    settings = Settings(false_alarm_every=10_000 * MINUTE)
    honest = ~np.isnan(first_alarms(SEQUENTIAL, buckets, known, settings))
    naive = ~np.isnan(first_alarms(SEQUENTIAL, buckets, plugged, settings))
    assert at_most(honest.mean(), 0.04, streams)
    assert naive.mean() > 0.2


def test_a_fleet_finds_all_of_its_falls_and_nearly_nothing_else() -> None:
    streams, bad, random = 200, 20, np.random.default_rng(11)
    rates = np.where(np.arange(streams) < bad, 0.10, 0.08)
    state, known = SEQUENTIAL.start(streams), baseline(streams)
    alarmed = np.zeros(streams, dtype=bool)
    for index in range(1440):
        bucket = counts(index, every(streams, 200), random.binomial(200, rates))
        state, evidence = SEQUENTIAL.update(state, known, bucket, MONTH)
        alarmed |= ensemble.fleet_alarms(evidence)
    assert alarmed[:bad].all()
    assert alarmed[bad:].sum() <= 2
