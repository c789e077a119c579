"""Windows are unions of whole buckets: compared with a plain loop over the raw events."""

from collections.abc import Sequence
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.config import Duration, ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies import Buckets, Ladder, Sums, Tally, discover
from ml_exporter.tallies.kind import Contributions, everything
from ml_exporter.windows import Totals, lifetimes, spread_out, windows_at
from tests.builders import binary_model, outcomes

LADDER = Ladder((60.0, 300.0, 3600.0), (7200.0, 172800.0, 3456000.0))
NOW = 1_700_000_123.0
MODEL = binary_model()
WINDOWS = [Duration.parse(text) for text in ("10m", "1h", "24h", "7d")]

Event = tuple[float, int, int, float]
"""Time, predicted, actual, score."""

EVENTS = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 8 * 86400), st.sampled_from([0.0, 123.0, 600.0, 3600.0, 7200.0, 86400.0, 172800.0])),
        st.integers(0, 1),
        st.integers(0, 1),
        st.floats(0, 1),
    ).map(lambda event: (NOW - event[0], *event[1:])),
    max_size=40,
)


def bucket(time: float, finest: int) -> tuple[float, float]:
    """Return start and width of the bucket of an instant as seen now: the finest that still holds all of its span."""
    for rung in range(finest, len(LADDER.widths)):
        coarser = LADDER.widths[min(rung + 1, len(LADDER.widths) - 1)]
        if (floor(time / coarser) + 1) * coarser > NOW - LADDER.keeps[rung]:
            width = LADDER.widths[rung]
            return floor(time / width) * width, width
    raise AssertionError("no event here is so old")


def inside(time: float, window: float, finest: int) -> bool:
    """Tell whether an instant's bucket is part of a window."""
    start, width = bucket(time, finest)
    return start <= NOW and (start >= NOW - window or start + width > NOW)


def folded(events: Sequence[Event]) -> Buckets:
    buckets = Buckets(discover(), LADDER, ("label",))
    if events:
        times, predicted, actual, score = zip(*events, strict=True)
        buckets.fold_outcomes(outcomes(predicted, actual, score=score, at=times), MODEL, NOW)
    return buckets


def totals(buckets: Buckets, at: float = NOW) -> tuple[Totals, ...]:
    return windows_at(buckets, WINDOWS, "label", at)


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_a_window_holds_the_events_of_its_buckets_and_no_others(events: list[Event]) -> None:
    for window, found in zip(WINDOWS, totals(folded(events)), strict=True):
        statistics = found.statistics(np.array([0]), MODEL)
        own = [event for event in events if inside(event[0], window.seconds, finest=0)]
        assert statistics["outcomes.count"][0] == len(own)
        assert statistics["binary.true_positives"][0] == sum(1 for _, said, true, _ in own if said and true)
        assert statistics["binary.false_positives"][0] == sum(1 for _, said, true, _ in own if said and not true)
        brier = sum((score - true) ** 2 for _, _, true, score in own)
        assert statistics["binary.squared_error"][0] == pytest.approx(brier)
        coarse = [event for event in events if inside(event[0], window.seconds, finest=1)]
        assert statistics["scores.positives"].sum() == sum(true for _, _, true, _ in coarse)
        assert statistics["scores.negatives"].sum() == sum(1 - true for _, _, true, _ in coarse)


@settings(max_examples=30, deadline=None)
@given(EVENTS)
def test_a_longer_window_holds_all_of_a_shorter_one(events: list[Event]) -> None:
    counts = [found.statistics(np.array([0]), MODEL)["outcomes.count"][0] for found in totals(folded(events))]
    assert counts == sorted(counts)


@settings(max_examples=30, deadline=None)
@given(EVENTS)
def test_what_counts_since_the_beginning_holds_everything(events: list[Event]) -> None:
    found = lifetimes(folded(events)).statistics(np.array([0]), MODEL)
    assert found["outcomes.count"][0] == len(events)
    assert found["binary.true_positives"][0] == sum(said and true for _, said, true, _ in events)
    assert found["label_delay.count"].sum() == len(events)


def test_the_open_bucket_counts_whole_though_it_began_before_a_window_of_histograms_did() -> None:
    just_opened = NOW // 300 * 300 + 299.0
    buckets = Buckets(discover(), LADDER, ("label",))
    buckets.fold_outcomes(outcomes([1], [1], score=[0.9], at=NOW // 300 * 300 + 1), MODEL, just_opened)
    for windows in ([Duration.parse("2m")], [Duration.parse("2m"), *WINDOWS]):
        statistics = windows_at(buckets, windows, "label", just_opened)[0].statistics(np.array([0]), MODEL)
        assert statistics["scores.positives"].sum() == 1
        assert statistics["outcomes.count"][0] == 0


def test_events_ahead_of_the_clock_count_once_their_bucket_has_begun() -> None:
    buckets = folded([(NOW + 200.0, 1, 1, 0.5)])
    counts = [
        float(totals(buckets, at)[0].statistics(np.array([0]), MODEL)["outcomes.count"][0])
        for at in (NOW, NOW + 150, NOW + 200)
    ]
    assert counts == [0, 0, 1]


def test_a_window_at_an_earlier_time_leaves_out_what_came_after_it() -> None:
    buckets = folded([(NOW - 3000.0, 1, 1, 0.5), (NOW - 30.0, 1, 1, 0.5)])
    counts = [
        float(found.statistics(np.array([0]), MODEL)["outcomes.count"][0]) for found in totals(buckets, NOW - 2700)
    ]
    assert counts == [1, 1, 1, 1]


def moments_of(errors: Outcomes, _model: ModelSettings) -> Contributions:
    """Contribute what is predicted, and its square."""
    predicted = errors.payload[:, 0]
    values = np.column_stack([predicted, predicted**2])
    return Contributions(everything(len(errors)), np.zeros(len(errors), dtype=np.int64), values)


def test_moments_are_free_of_drift_what_has_left_a_window_leaves_no_trace_in_it() -> None:
    random = np.random.default_rng(0)
    moments = Tally(name="moments", source="outcomes", columns=("sum", "squares"), contribute=moments_of)
    lived, fresh = (Buckets([moments], LADDER, ("label",)) for _ in range(2))
    begin, hour = NOW - 86400, WINDOWS[1].seconds
    for minute in range(24 * 60):
        at = begin + 60.0 * (minute + 1)
        size = 1e120 if NOW - at > hour + 120 else 1.0
        said = outcomes((size * random.normal(size=3)).tolist(), [0] * 3, at=at)
        lived.fold_outcomes(said, MODEL, at)
        lived.roll_up(at)
        if inside(at, hour, finest=0):
            fresh.fold_outcomes(said, MODEL, at)
    (_, own, *_), (_, expected, *_) = totals(lived), totals(fresh)
    assert own.sums["moments"].values.tobytes() == expected.sums["moments"].values.tobytes()
    assert abs(own.sums["moments"].values).max() < 1000


def test_series_that_have_nothing_read_as_zero_and_each_series_reads_its_own() -> None:
    buckets = Buckets(discover(), LADDER, ("label",))
    events = outcomes([1, 1, 0], [1, 0, 0], score=[0.9, 0.8, 0.1], series=[[3], [5], [5]], at=NOW)
    buckets.fold_outcomes(events, MODEL, NOW)
    statistics = totals(buckets)[0].statistics(np.array([5, 4, 3, 900]), MODEL)
    assert statistics["outcomes.count"].tolist() == [2, 0, 1, 0]
    assert statistics["scores.positives"].sum(axis=1).tolist() == [0, 0, 1, 0]


def test_statistics_are_named_by_tally_and_column() -> None:
    statistics = totals(folded([]))[0].statistics(np.array([0]), MODEL)
    assert {"outcomes.count", "binary.log_loss", "scores.positives"} <= set(statistics)
    assert len(statistics) == len(list(statistics))
    with pytest.raises(KeyError):
        statistics["nothing.count"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(1, 9)), max_size=20),
    st.lists(st.integers(0, 8), min_size=1, max_size=5, unique=True),
    st.sampled_from([(8, 1), (5, 1), (8, 2), (4, 4)]),
)
def test_sums_are_spread_out_as_a_plain_loop_would(
    cells: list[tuple[int, int, int]], codes: list[int], shape: tuple[int, int]
) -> None:
    width, step = shape
    tally = Tally("t", "outcomes", ("count",), lambda *_: None, bins=8)
    sums = Sums.fold(
        np.array([series * 8 + place for series, place, _ in cells], dtype=np.int64),
        np.array([[float(count)] for _, _, count in cells]).reshape(len(cells), 1),
    )
    expected = np.zeros((len(codes), width // step, 1))
    for row, code in enumerate(codes):
        for series, place, count in cells:
            if series == code and place < width:
                expected[row, place // step, 0] += count
    assert spread_out(sums, tally, np.array(codes), width, step).tolist() == expected.tolist()
