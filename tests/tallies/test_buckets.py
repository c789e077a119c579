"""Buckets: folding by time, rolling up, and windows over them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.config import Duration
from ml_exporter.events import Outcomes
from ml_exporter.tallies import Buckets, Ladder, Sums, discover, journal
from ml_exporter.tallies.buckets import BucketKey
from ml_exporter.windows import windows_at
from tests.builders import binary_model, outcomes

LADDER = Ladder((60.0, 300.0, 3600.0), (7200.0, 172800.0, 3456000.0))
NOW = 1_700_000_000.0
MODEL = binary_model()
WINDOWS = [Duration.parse(text) for text in ("1h", "24h", "7d")]


def empty() -> Buckets:
    return Buckets(discover(), LADDER, ("label",))


def count(buckets: Buckets, at: float, window: int) -> float:
    """Return the outcomes of the first series in a window."""
    return float(
        windows_at(buckets, WINDOWS, "label", at)[window].statistics(np.array([0]), MODEL)["outcomes.count"][0]
    )


def at_times(times: list[float]) -> object:
    ones = [1.0] * len(times)
    return outcomes(ones, ones, score=[0.9] * len(times), at=times)


@settings(max_examples=40, deadline=None)
@given(
    ages=st.lists(st.floats(0, 8 * 86400), min_size=1, max_size=30),
    steps=st.lists(st.floats(1, 86400), min_size=1, max_size=5),
)
def test_windows_do_not_depend_on_when_events_arrived_or_how_often_was_looked(
    ages: list[float], steps: list[float]
) -> None:
    times = [NOW - age for age in ages]
    later = NOW + sum(steps)
    early = empty()
    early.fold_outcomes(at_times(times), MODEL, NOW)
    at = NOW
    for step in steps:
        early.roll_up(at)
        at += step
    early.roll_up(later)
    late = empty()
    late.fold_outcomes(at_times(times), MODEL, later)
    late.roll_up(later)
    for window in range(3):
        assert count(early, later, window) == count(late, later, window)


@settings(max_examples=40, deadline=None)
@given(ages=st.lists(st.floats(0, 8 * 86400), max_size=40))
def test_a_window_is_the_union_of_the_buckets_that_start_within_it(ages: list[float]) -> None:
    times = [NOW - age for age in ages]
    buckets = empty()
    if times:
        buckets.fold_outcomes(at_times(times), MODEL, NOW)
    for index, window in enumerate(WINDOWS):
        expected = 0
        for time in times:
            rung, start = LADDER.place(np.array([time]), NOW, 0)
            width = LADDER.widths[int(rung[0])]
            expected += bool(start[0] >= NOW - window.seconds or start[0] + width > NOW)
        assert count(buckets, NOW, index) == expected


def test_rolling_up_keeps_the_sums_and_leaves_fewer_buckets() -> None:
    buckets = empty()
    times = [NOW - 3600 + 60 * minute for minute in range(60)]
    buckets.fold_outcomes(at_times(times), MODEL, NOW)
    later = NOW + 10 * 86400
    before = count(buckets, NOW, 2)
    buckets.roll_up(later)
    starts = list(buckets.within("outcomes", "label", later - 20 * 86400, later))
    assert before == 60
    assert sum(float(sums.values.sum()) for _, sums in starts) == 60
    assert len(starts) <= 2


def test_what_is_older_than_the_ladder_is_dropped_but_the_lifetime_stays() -> None:
    buckets = empty()
    buckets.fold_outcomes(at_times([NOW]), MODEL, NOW)
    buckets.roll_up(NOW + 50 * 86400)
    assert not list(buckets.within("outcomes", "label", 0, NOW + 50 * 86400))
    assert float(buckets.lifetime("outcomes").values.sum()) == 1


def test_only_what_changed_is_to_be_stored_and_restoring_it_gives_the_same_windows() -> None:
    buckets = empty()
    buckets.fold_outcomes(at_times([NOW - 86400, NOW - 10]), MODEL, NOW)
    stored = dict(buckets.changes())
    assert buckets.changes() == []
    buckets.fold_outcomes(at_times([NOW - 5]), MODEL, NOW)
    fresh = dict(buckets.changes())
    assert len(fresh) < len(stored)
    restored = empty()
    restored.restore({name: content for name, content in {**stored, **fresh}.items() if content is not None})
    for window in range(3):
        assert count(restored, NOW, window) == count(buckets, NOW, window)


def test_rolled_up_buckets_are_forgotten_in_the_store() -> None:
    buckets = empty()
    buckets.fold_outcomes(at_times([NOW]), MODEL, NOW)
    names = {name for name, _ in buckets.changes()}
    buckets.roll_up(NOW + 86400)
    gone = {name for name, content in buckets.changes() if content is None}
    assert "tally/outcomes/label/60/1699999980.0" in names & gone


def test_a_store_made_with_another_ladder_is_taken_over() -> None:
    finer = Buckets(discover(), Ladder((5.0, 60.0), (7200.0, 172800.0)), ("label",))
    finer.fold_outcomes(at_times([NOW - 100, NOW - 10]), MODEL, NOW)
    stored = {name: content for name, content in finer.changes() if content is not None}
    buckets = empty()
    buckets.restore(stored)
    assert count(buckets, NOW, 0) == 2
    changed = dict(buckets.changes())
    assert any(content is None for content in changed.values())


def test_slices_and_the_overall_series_get_the_same_outcome() -> None:
    buckets = empty()
    buckets.fold_outcomes(outcomes([1, 0], [1, 1], series=[[0, 2], [0, -1]], at=NOW), MODEL, NOW)
    statistics = windows_at(buckets, WINDOWS, "label", NOW)[0].statistics(np.arange(3), MODEL)
    assert statistics["binary.true_positives"].tolist() == [1, 0, 1]
    assert statistics["binary.false_negatives"].tolist() == [1, 0, 0]
    assert statistics["scores.positives"].shape == (3, 1000)
    assert statistics["labelled.count"].tolist() == [2, 0, 0]


@pytest.mark.parametrize("window_by", ["label", "prediction"])
def test_outcomes_can_be_dated_by_either_time(window_by: str) -> None:
    both = Buckets(discover(), LADDER, ("label", "prediction"))
    old = outcomes([1.0], [1.0], at=NOW)
    dated = replace(old, prediction_time=np.array([NOW - 7200]), label_time=np.array([NOW - 10]))
    both.fold_outcomes(dated, MODEL, NOW)
    found = windows_at(both, WINDOWS, window_by, NOW)
    counts = [float(window.statistics(np.array([0]), MODEL)["outcomes.count"][0]) for window in found]
    assert counts == ([1, 1, 1] if window_by == "label" else [0, 1, 1])


@pytest.mark.parametrize("width", [60.0, 86400.0, 1234567.0, 34560000.0, 0.5])
def test_a_buckets_name_says_exactly_which_it_is(width: float) -> None:
    key = BucketKey("outcomes", "label", width, 7 * width)
    assert BucketKey.of(key.name) == key


def test_what_batches_added_makes_the_same_buckets_of_those_that_were_stored_before() -> None:
    buckets, random = empty(), np.random.default_rng(3)
    buckets.fold_outcomes(random_outcomes(random), MODEL, NOW)
    stored = {name: content for name, content in buckets.changes() if content is not None}
    assert buckets.additions() == []
    book = journal.Journal({})
    entries: dict[str, bytes | None] = {}
    for _ in range(12):
        buckets.fold_outcomes(random_outcomes(random), MODEL, NOW)
        entries |= dict(book.entry(buckets.additions()))
    restored = empty()
    restored.restore(stored, journal.additions(dict(reversed(entries.items()))))
    whole = empty()
    whole.restore(stored | {name: content for name, content in buckets.changes() if content is not None})
    assert contents(restored) == contents(whole) == contents(buckets)
    assert dict(restored.changes()).keys() >= {"tally/outcomes/lifetime/0/"}
    assert dict(book.forgotten()) == dict.fromkeys(entries)


def test_a_journal_goes_on_behind_the_entries_that_are_stored() -> None:
    sums = Sums.fold(np.array([1]), np.array([[1.0]]))
    first = dict(journal.Journal({}).entry([("tally/a", sums)]))
    book = journal.Journal(first)
    second = dict(book.entry([("tally/b", sums)]))
    assert sorted(first | second) == [*first, *second]
    assert [name for name, _ in book.forgotten()] == [*first, *second]
    assert book.entry([]) == []


def random_outcomes(random: np.random.Generator) -> Outcomes:
    """Return outcomes whose losses are no round numbers, over some days and series."""
    rows = 40
    return outcomes(
        random.integers(0, 2, rows),
        random.integers(0, 2, rows),
        score=random.random(rows),
        series=random.integers(0, 4, (rows, 1)),
        at=NOW - random.uniform(0, 3 * 86400, rows),
    )


def contents(buckets: Buckets) -> dict[BucketKey, tuple[list[int], list[list[float]]]]:
    """Return everything that buckets hold, to the last bit."""
    return {key: (sums.whole.cells.tolist(), sums.whole.values.tolist()) for key, sums in buckets._sums.items()}
