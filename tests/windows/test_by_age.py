"""What was predicted about so long ago, against a plain loop over the events."""

from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.config import Duration
from ml_exporter.tallies import Buckets, discover
from ml_exporter.windows import by_age
from tests.builders import outcomes
from tests.windows.test_windows import LADDER, MODEL, NOW, bucket

AGES = [Duration.parse(text) for text in ("10m", "1h", "24h", "7d")]
HOUR = 3600.0


def labelled(made_at: list[float]) -> list[float]:
    """Return how many labelled predictions there are of each age."""
    buckets = Buckets(discover(), LADDER, ("label",))
    if made_at:
        buckets.fold_outcomes(outcomes([1] * len(made_at), [1] * len(made_at), at=made_at), MODEL, NOW)
    totals = by_age(buckets, ["labelled"], AGES, NOW)
    return [float(found.statistics(np.array([0]), MODEL)["labelled.count"][0]) for found in totals]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 9 * 86400), st.sampled_from([600.0, 750.0, 3600.0, 4500.0])), max_size=30))
def test_they_are_those_in_buckets_that_end_at_the_age_or_up_to_a_quarter_before(ages_seconds: list[float]) -> None:
    times = [NOW - seconds for seconds in ages_seconds]
    expected = []
    for age in AGES:
        until = NOW - age.seconds
        _, widest = bucket(until, 0)
        ends = [(start, start + width) for start, width in (bucket(time, 0) for time in times)]
        since = until - age.seconds / 4 - widest
        expected.append(sum(start >= since and end <= until for start, end in ends))
    assert labelled(times) == expected


@pytest.mark.parametrize("age", AGES, ids=str)
def test_a_steady_stream_is_found_at_every_age(age: Duration) -> None:
    every = 15.0
    first = floor((NOW - 1.5 * age.seconds) / every)
    times = [number * every for number in range(first, floor((NOW - 0.9 * age.seconds) / every))]
    found = labelled(times)[AGES.index(age)]
    assert found == pytest.approx(age.seconds / 4 / every, rel=0.25)
