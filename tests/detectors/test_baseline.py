"""Baselines: what is normal, how sure that is, and what must not be learnt."""

import numpy as np
import pytest
from scipy import stats

from ml_exporter.detectors import state as states
from ml_exporter.detectors.baseline import LearntBaseline, learn
from ml_exporter.detectors.bounds import clopper_pearson, student_margin
from ml_exporter.detectors.past import Past
from tests.detectors.builders import START, Floats, every

DAY, HOUR = 86400.0, 3600.0
NOWHERE = "UTC"


def past_of_counts(rate: Floats, outcomes: Floats, width: float = HOUR, seed: int = 0, healthy: bool = True) -> Past:
    """Return buckets one after the other, of the given bad rates (buckets, streams)."""
    bad = np.random.default_rng(seed).binomial(outcomes.astype(int), rate).astype(float)
    start = START + width * np.arange(len(rate))
    return Past(
        start, np.full(len(rate), width), outcomes, bad, np.full(rate.shape, np.nan), np.full(rate.shape, healthy)
    )


def level(days: float, rate: float, streams: int, outcomes: int = 600, seed: int = 0, width: float = HOUR) -> Past:
    shape = (int(days * DAY / width), streams)
    return past_of_counts(np.full(shape, rate), np.full(shape, float(outcomes)), width, seed)


def past_of_values(value: Floats, width: float = HOUR) -> Past:
    held = (~np.isnan(value)).astype(float) * 100
    return Past(
        START + width * np.arange(len(value)),
        np.full(len(value), width),
        held,
        np.full(value.shape, np.nan),
        value,
        np.ones(value.shape, dtype=bool),
    )


def learnt(past: Past, tolerance: float = 0.0) -> LearntBaseline:
    streams = past.outcomes.shape[1]
    return learn(past, every(streams, 0), every(streams, 1), every(streams, tolerance), NOWHERE)


def test_the_summary_is_that_of_numpy() -> None:
    random = np.random.default_rng(1)
    value = random.normal(0.5, 0.1, (101, 3))
    value[:37, 1] = np.nan
    value[:, 2] = np.nan
    summary = learnt(past_of_values(value)).summary
    for stream in (0, 1):
        own = value[:, stream][~np.isnan(value[:, stream])]
        assert summary.mean[stream] == pytest.approx(own.mean())
        assert summary.std[stream] == pytest.approx(own.std(ddof=1))
        found = [summary.p50[stream], summary.p95[stream], summary.p99[stream]]
        np.testing.assert_allclose(found, np.quantile(own, [0.5, 0.95, 0.99]))
        assert (summary.minimum[stream], summary.maximum[stream]) == (own.min(), own.max())
        assert (summary.buckets[stream], summary.outcomes[stream]) == (len(own), 100 * len(own))
    assert np.isnan(summary.mean[2])
    assert summary.buckets[2] == 0


def test_the_bound_of_a_rate_is_clopper_and_pearsons_plus_the_tolerance() -> None:
    past = level(3, 0.08, 20)
    found = learnt(past, 0.005)
    bound = found.at(START, NOWHERE).bound
    bad, outcomes = past.bad.sum(axis=0) / found.overdispersion, past.outcomes.sum(axis=0) / found.overdispersion
    expected = stats.beta.ppf(0.999, bad + 1, outcomes - bad) + 0.005
    np.testing.assert_allclose(bound, expected)


def test_bounds_hold_at_their_edges() -> None:
    np.testing.assert_allclose(clopper_pearson(every(1, 0), every(1, 1000)), 1 - 0.001 ** (1 / 1000))
    assert clopper_pearson(every(1, 50), every(1, 50))[0] == 1
    assert np.isnan(clopper_pearson(every(1, 0), every(1, 0))[0])
    assert np.isnan(student_margin(every(1, 1), every(1, 1))[0])
    np.testing.assert_allclose(student_margin(every(1, 4), every(1, 10)), stats.t.ppf(0.999, 9) * 2 / np.sqrt(10))


def test_the_bound_lies_above_the_truth_nearly_always() -> None:
    bound = learnt(level(2, 0.08, 2000, outcomes=40)).at(START, NOWHERE).bound
    assert (bound < 0.08).mean() < 0.005


def test_too_few_outcomes_make_no_baseline() -> None:
    few, enough = level(1, 0.08, 1, outcomes=41), level(1, 0.08, 1, outcomes=42)
    assert np.isnan(learnt(few).at(START, NOWHERE).bound[0])
    assert np.isfinite(learnt(enough).at(START, NOWHERE).bound[0])
    assert np.isnan(learnt(past_of_values(np.full((29, 1), 0.5))).at(START, NOWHERE).bound[0])
    assert np.isfinite(learnt(past_of_values(np.linspace(0.4, 0.5, 30)[:, None])).at(START, NOWHERE).bound[0])


def test_nothing_is_learnt_from_degraded_time() -> None:
    past = level(10, 0.08, 2)
    bad, healthy = past.bad.copy(), past.healthy.copy()
    bad[100:140] = 300
    healthy[100:140] = False
    spoilt = Past(past.start, past.width, past.outcomes, bad, past.value, healthy)
    found = learnt(spoilt)
    assert found.summary.buckets.tolist() == [200, 200]
    np.testing.assert_allclose(found.summary.mean, 0.08, atol=0.003)
    np.testing.assert_allclose(found.filled, 1)
    unmasked = Past(past.start, past.width, past.outcomes, bad, past.value, past.healthy)
    assert (learnt(unmasked).summary.mean > 0.1).all()


def test_filled_is_the_share_of_the_time_that_holds_outcomes() -> None:
    past = level(10, 0.08, 2)
    outcomes = past.outcomes.copy()
    outcomes[np.arange(240) % 24 != 3, 1] = 0
    bad = np.where(outcomes > 0, past.bad, 0.0)
    found = learnt(Past(past.start, past.width, outcomes, bad, past.value, past.healthy))
    np.testing.assert_allclose(found.filled, [1, 1 / 24])


@pytest.mark.parametrize("phi", [1.0, 2.0, 5.0])
def test_overdispersion_of_single_buckets_is_measured(phi: float) -> None:
    random = np.random.default_rng(2)
    shape, outcomes = (30 * 24 * 4, 30), 50
    spread = (phi - 1) / (outcomes - 1)
    rate = random.beta(0.08 * (1 / spread - 1), 0.92 * (1 / spread - 1), shape) if spread else np.full(shape, 0.08)
    found = learnt(past_of_counts(rate, np.full(shape, float(outcomes)), 900.0))
    assert np.median(found.overdispersion) == pytest.approx(phi, rel=0.15)
    assert (found.overdispersion >= 1).all()


def test_errors_that_cluster_over_hours_are_seen_with_one_outcome_a_bucket() -> None:
    random = np.random.default_rng(3)
    hours = random.beta(2, 23, (20 * 24, 20))
    rate = np.repeat(hours, 30, axis=0)
    found = learnt(past_of_counts(rate, np.ones(rate.shape), 120.0))
    expected = 1 + 29 * hours.var() / (0.08 * 0.92)
    assert np.median(found.overdispersion) == pytest.approx(expected, rel=0.3)
    assert (found.overdispersion > 1.3).all()


def daily(amplitude: float, days: float, streams: int, outcomes: int = 6000, seed: int = 0) -> Past:
    hour = np.arange(int(24 * days))
    rate = 0.08 + amplitude * np.sin(2 * np.pi * hour / 24)
    shape = (len(hour), streams)
    return past_of_counts(np.broadcast_to(rate[:, None], shape), np.full(shape, float(outcomes)), HOUR, seed)


@pytest.mark.parametrize("days", [16, 30])
def test_a_daily_rhythm_is_followed_and_interpolated(days: float) -> None:
    found = learnt(daily(0.03, days, 10))
    for minutes in range(0, 1440, 45):
        known = found.at(START + 60 * DAY + 60 * minutes, NOWHERE)
        truth = 0.08 + 0.03 * np.sin(2 * np.pi * (minutes / 60 - 0.5) / 24)
        np.testing.assert_allclose(known.mean, truth, atol=0.004)
        assert (known.bound > truth - 0.001).mean() > 0.95
        assert (known.bound < truth + 0.012).all()
    np.testing.assert_allclose(found.at(START, NOWHERE).typical, 0.08, atol=0.001)


def test_before_a_fortnight_the_baseline_is_level_and_covers_the_rhythm_seen() -> None:
    found = learnt(daily(0.03, 9, 10))
    bounds = np.array([found.at(START + HOUR * hour, NOWHERE).bound for hour in range(24)])
    assert np.ptp(bounds, axis=0).max() == pytest.approx(0, abs=1e-12)
    assert (bounds > 0.109).all()


def test_weekends_are_covered_after_two_weeks_and_followed_after_four() -> None:
    hour = np.arange(24 * 30)
    weekend = (hour // 24) % 7 >= 5
    rate = np.broadcast_to(np.where(weekend, 0.10, 0.08)[:, None], (len(hour), 5))
    outcomes = np.full(rate.shape, 6000.0)
    saturday, tuesday = START + 60 * DAY + 5 * DAY + 12 * HOUR - 4 * DAY, START + 63 * DAY + 1 * DAY + 12 * HOUR
    fortnight = learnt(past_of_counts(rate[: 24 * 15], outcomes[: 24 * 15]))
    assert (fortnight.at(tuesday, NOWHERE).bound > 0.095).all()
    month = learnt(past_of_counts(rate, outcomes))
    assert (month.at(saturday, NOWHERE).bound > 0.0995).all()
    assert (month.at(tuesday, NOWHERE).bound < 0.085).all()


def test_a_stream_without_a_rhythm_keeps_a_level_baseline() -> None:
    found = learnt(level(30, 0.08, 40))
    flat = (np.ptp(found.effect, axis=1) == 0).mean()
    assert flat > 0.9


def test_values_have_the_t_bound_of_their_mean() -> None:
    random = np.random.default_rng(4)
    found = learnt(past_of_values(random.normal(0.5, 0.05, (60, 30))), 0.01)
    bound = found.at(START, NOWHERE).bound
    independent = 60 / found.overdispersion
    margin = stats.t.ppf(0.999, independent - 1) * found.std / np.sqrt(independent)
    plain = np.ptp(found.effect, axis=1) + np.ptp(found.margin, axis=1) == 0
    np.testing.assert_allclose((bound - found.summary.mean - 0.01)[plain], margin[plain], rtol=0.02)


def test_a_baseline_is_stored_cut_and_joined_like_a_state() -> None:
    found = learnt(daily(0.03, 30, 4))
    restored = LearntBaseline.from_state(states.from_bytes(states.to_bytes(found.to_state())))
    for name, field in vars(found.at(START, NOWHERE)).items():
        np.testing.assert_array_equal(getattr(restored.at(START, NOWHERE), name), field)
    second = LearntBaseline.from_state(states.take(found.to_state(), np.array([1])))
    assert second.at(START, NOWHERE).bound[0] == found.at(START, NOWHERE).bound[1]


def test_streams_are_learnt_apart_however_many_there_are() -> None:
    past = level(3, 0.08, 150, outcomes=60)
    together, alone = learnt(past), learnt(past.part(slice(140, 141)))
    assert together.at(START, NOWHERE).bound[140] == alone.at(START, NOWHERE).bound[0]
    assert together.at(START, NOWHERE).bound.shape == (150,)


def test_buckets_of_several_widths_may_stand_together() -> None:
    hours, days = level(20, 0.08, 3, outcomes=600), level(20, 0.08, 3, outcomes=14_400, width=DAY)
    both = Past(
        np.concatenate([days.start - 20 * DAY, hours.start]),
        np.concatenate([days.width, hours.width]),
        np.concatenate([days.outcomes, hours.outcomes]),
        np.concatenate([days.bad, hours.bad]),
        np.concatenate([days.value, hours.value]),
        np.concatenate([days.healthy, hours.healthy]),
    )
    found = learnt(both)
    assert found.summary.outcomes.tolist() == [40 * 14_400] * 3
    np.testing.assert_allclose(found.summary.mean, 0.08, atol=0.003)
    assert np.isfinite(found.at(START, NOWHERE).bound).all()


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_rate_of_none_or_all_is_no_trouble(rate: float) -> None:
    found = learnt(level(30, rate, 1))
    known = found.at(START, NOWHERE)
    assert known.mean[0] == rate
    assert rate <= known.bound[0] <= 1
    assert known.overdispersion[0] == 1
