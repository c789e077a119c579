"""What holds for every detector: plain states, streams apart from each other, silence without data."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ml_exporter.detectors import Baseline, Bucket, Detector, Evidence, Settings, State, detector, detectors
from ml_exporter.detectors import state as states
from tests.detectors.builders import START, baseline, counts, one_stream, run, some_streams

STREAMS = 6
EVERY = pytest.mark.parametrize("tested", detectors(), ids=lambda entry: entry.name)


def mixed_buckets(seed: int, number: int = 90, width: float = 3600.0) -> list[Bucket]:
    """Return buckets of proportions (even streams) and values (odd), with gaps, that get worse half-way."""
    random = np.random.default_rng(seed)
    proportion = np.arange(STREAMS) % 2 == 0
    made = []
    for index in range(number):
        rate = 0.08 if index < number // 2 else 0.2
        outcomes = random.integers(0, 60, STREAMS).astype(float)
        outcomes[random.random(STREAMS) < 0.2] = 0
        bad = random.binomial(outcomes.astype(int), rate).astype(float)
        value = np.where(outcomes > 0, np.clip(random.normal(rate, 0.02, STREAMS), 0, 1), np.nan)
        made.append(
            Bucket(
                START + width * index,
                width,
                outcomes,
                np.where(proportion, bad, np.nan),
                np.where(proportion, np.nan, value),
            )
        )
    return made


KNOWN = baseline(STREAMS, bound=0.09, overdispersion=1.3)
SETTINGS = Settings(objective=np.full(STREAMS, 0.4))


def same_evidence(first: Evidence, second: Evidence) -> None:
    np.testing.assert_allclose(first.log10_evidence, second.log10_evidence, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(first.log10_threshold, second.log10_threshold)
    assert first.extras.keys() == second.extras.keys()
    for name in first.extras:
        np.testing.assert_allclose(first.extras[name], second.extras[name], rtol=1e-9)


def shuffled(bucket: Bucket, order: Sequence[int]) -> Bucket:
    places = np.array(order)
    return replace(bucket, outcomes=bucket.outcomes[places], bad=bucket.bad[places], value=bucket.value[places])


def test_detectors_are_found_by_their_constant_and_named_apart() -> None:
    names = [entry.name for entry in detectors()]
    assert {"sequential", "betting", "change_point", "trend"} < set(names)
    assert {"z_score", "t_test", "linear_trend", "window_change_point", "majority_vote"} < set(names)
    assert len(set(names)) == len(names)
    assert [entry.name for entry in detectors() if entry.role == "pages"] == ["betting", "sequential"]
    with pytest.raises(KeyError):
        detector("oracle")


@EVERY
def test_many_streams_at_once_give_what_each_gives_alone(tested: Detector) -> None:
    buckets = mixed_buckets(1)
    _, together = run(tested, buckets, KNOWN, SETTINGS)
    for stream in range(STREAMS):
        at = slice(stream, stream + 1)
        own = replace(SETTINGS, objective=np.full(1, 0.4))
        _, alone = run(tested, [one_stream(bucket, stream) for bucket in buckets], some_streams(KNOWN, at), own)
        same_evidence(
            Evidence(
                together.log10_evidence[at],
                together.log10_threshold[at],
                {name: extra[at] for name, extra in together.extras.items()},
            ),
            alone,
        )


@EVERY
def test_the_order_of_the_streams_does_not_matter(tested: Detector) -> None:
    order = [3, 0, 5, 1, 4, 2]
    buckets = mixed_buckets(2)
    _, straight = run(tested, buckets, KNOWN, SETTINGS)
    _, mixed = run(
        tested, [shuffled(bucket, order) for bucket in buckets], some_streams(KNOWN, np.array(order)), SETTINGS
    )
    np.testing.assert_allclose(mixed.log10_evidence, straight.log10_evidence[order], rtol=1e-12, atol=1e-12)


@EVERY
@effort(max_examples=8, deadline=None)
@given(split=st.integers(1, 89))
def test_a_state_restored_at_any_time_goes_on_as_if_nothing_had_happened(tested: Detector, split: int) -> None:
    buckets = mixed_buckets(3)
    whole, straight = run(tested, buckets, KNOWN, SETTINGS)
    before, _ = run(tested, buckets[:split], KNOWN, SETTINGS)
    restored = states.from_bytes(states.to_bytes(before))
    after, resumed = run(tested, buckets[split:], KNOWN, SETTINGS, restored)
    assert states.to_bytes(after) == states.to_bytes(whole)
    same_evidence(resumed, straight)


@EVERY
def test_an_update_leaves_the_state_that_it_was_given_alone(tested: Detector) -> None:
    buckets = mixed_buckets(4)
    state, _ = run(tested, buckets[:50], KNOWN, SETTINGS)
    before = states.to_bytes(state)
    run(tested, buckets[50:], KNOWN, SETTINGS, state)
    assert states.to_bytes(state) == before


@EVERY
def test_empty_buckets_change_neither_state_nor_evidence(tested: Detector) -> None:
    buckets = mixed_buckets(5)
    state, straight = run(tested, buckets, KNOWN, SETTINGS)
    last = buckets[-1]
    nothing = replace(
        last,
        start=last.start + last.width,
        outcomes=np.zeros(STREAMS),
        bad=np.where(np.isnan(last.bad), np.nan, 0.0),
        value=np.full(STREAMS, np.nan),
    )
    after, silent = run(tested, [nothing] * 3, KNOWN, SETTINGS, state)
    assert states.to_bytes(after) == states.to_bytes(state)
    np.testing.assert_array_equal(silent.log10_evidence, straight.log10_evidence)


@EVERY
def test_a_stream_that_comes_later_changes_nothing_for_the_others(tested: Detector) -> None:
    buckets = mixed_buckets(6)
    few = [replace(shuffled(bucket, [0, 1, 2, 3])) for bucket in buckets[:30]]
    state, _ = run(tested, few, some_streams(KNOWN, slice(4)), replace(SETTINGS, objective=np.full(4, 0.4)))
    grown = states.append(state, tested.start(2))
    assert states.streams_of(grown) == STREAMS
    _, evidence = run(tested, buckets[30:], KNOWN, SETTINGS, grown)
    _, whole = run(tested, buckets, KNOWN, SETTINGS)
    np.testing.assert_allclose(evidence.log10_evidence[:4], whole.log10_evidence[:4], rtol=1e-12, atol=1e-12)


@EVERY
def test_restarted_streams_know_nothing_and_the_others_all(tested: Detector) -> None:
    buckets = mixed_buckets(7)
    state, _ = run(tested, buckets[:60], KNOWN, SETTINGS)
    marked = np.array([True, False, False, True, False, False])
    again = states.restart(state, marked, tested.start)
    _, evidence = run(tested, buckets[60:], KNOWN, SETTINGS, again)
    _, fresh = run(tested, buckets[60:], KNOWN, SETTINGS)
    _, whole = run(tested, buckets, KNOWN, SETTINGS)
    np.testing.assert_allclose(evidence.log10_evidence[marked], fresh.log10_evidence[marked], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(evidence.log10_evidence[~marked], whole.log10_evidence[~marked], rtol=1e-12, atol=1e-12)
    assert states.restart(state, np.zeros(STREAMS, dtype=bool), tested.start) is state


@EVERY
def test_without_a_baseline_nothing_is_an_alarm(tested: Detector) -> None:
    unknown = Baseline(**{name: np.full(STREAMS, np.nan) for name in vars(KNOWN)})
    state = tested.start(STREAMS)
    for bucket in mixed_buckets(8):
        state, evidence = tested.update(state, unknown, bucket, SETTINGS)
        if tested.role != "compares":
            assert not evidence.alarm.any()
            assert np.isnan(evidence.log10_evidence).all()


@pytest.mark.parametrize("name", ["sequential", "betting", "change_point", "trend", "z_score", "t_test"])
def test_an_improvement_never_raises_an_alarm(name: str) -> None:
    random = np.random.default_rng(9)
    better = [counts(index, np.full(50, 200.0), random.binomial(200, 0.04, 50)) for index in range(400)]
    known = baseline(50, bound=0.085)
    tested = detector(name)
    state = tested.start(50)
    for bucket in better:
        state, evidence = tested.update(state, known, bucket, Settings())
        if name != "trend":  # the level is steady: what trends there are, are chance
            assert not evidence.alarm.any()


def test_a_damaged_state_is_refused() -> None:
    whole = states.to_bytes(detector("sequential").start(3))
    for damaged in (whole[:-1], whole[:20] + b"\x00" + whole[21:], b"", b"MLD1"):
        if damaged != whole:
            with pytest.raises(states.DamagedState):
                states.from_bytes(damaged)


def test_equal_states_are_stored_as_equal_bytes() -> None:
    state: State = {"b": np.array([1.0]), "a": np.array([[2.0, np.nan]])}
    assert states.to_bytes(state) == states.to_bytes(dict(reversed(state.items())))
