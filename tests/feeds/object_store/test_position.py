"""What is remembered: everything since the overlap, whatever order it comes in, and not more than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.object_store import position as module
from ml_exporter.feeds.object_store.position import ObjectsPosition, decode, encode

OVERLAP = 100.0

APPEARING = st.lists(st.tuples(st.floats(1_000, 10_000), st.floats(0, OVERLAP - 1)), max_size=60)
"""When an object appears, and how long before that it is dated."""


@given(APPEARING, st.lists(st.booleans(), min_size=60, max_size=60))
def test_whatever_appears_within_the_overlap_is_read_once(
    appearing: list[tuple[float, float]], restarts: list[bool]
) -> None:
    position, read = ObjectsPosition(), []
    dated = sorted((appears, appears - late, f"{number}") for number, (appears, late) in enumerate(appearing))
    for step, (now, _, _) in enumerate(dated):
        listed = sorted((modified, name) for appears, modified, name in dated if appears <= now)
        for modified, name in listed:
            if position.is_new(name, modified):
                read.append(name)
                assert position.finish(name, name, modified, OVERLAP)
        if restarts[step]:
            position = decode(encode(position))
    assert sorted(read) == sorted(name for _, _, name in dated)


def test_no_more_than_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 100)
    position = ObjectsPosition()
    fits = [position.finish(str(number), str(number), float(number), 1e9) for number in range(1000)]
    assert fits.count(False) > 0
    assert len(position.done) <= 100
    assert not any(position.is_new(str(number), float(number)) for number in range(1000))


def test_what_lies_before_the_overlap_is_forgotten() -> None:
    position = ObjectsPosition()
    for number in range(10_000):
        assert position.finish(str(number), str(number), float(number), OVERLAP)
    assert len(position.done) < 2 * OVERLAP
    assert len(encode(position)) < 10_000


def test_a_position_of_another_kind_is_told() -> None:
    with pytest.raises(FeedError, match="none of an object store"):
        decode(b"[]")
