"""Durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ml_exporter.config import Duration

_UNITS = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}


@given(st.dictionaries(st.sampled_from(list(_UNITS)), st.integers(1, 14), min_size=1))
def test_a_duration_is_the_sum_of_its_parts_and_remembers_its_text(parts: dict[str, int]) -> None:
    text = "".join(f"{parts[unit]}{unit}" for unit in _UNITS if unit in parts)
    duration = Duration.parse(text)
    assert duration.seconds == pytest.approx(sum(number * _UNITS[unit] for unit, number in parts.items()))
    assert str(duration) == text


_TEXTS = ["5 parsecs", "", "s", "5", "1.5h", "-5m", "5 m", " 5m", "5m ", "5M", "1m1h", "1h1h", "\u0665m", "5m\n"]


@pytest.mark.parametrize("value", [*_TEXTS, "9" * 500 + "s", 5, 5.0, None, True, [], {}])
def test_what_is_no_duration_is_told_with_examples(value: object) -> None:
    with pytest.raises(ValueError, match="is no duration; write a number and a unit out of ms, s, m, h, d, w, y: 15s"):
        Duration.parse(value)


@pytest.mark.parametrize("text", ["0s", "0h0m", "101y", "999999999w"])
def test_nothing_and_more_than_a_century_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="must be longer than zero and at most a century"):
        Duration.parse(text)


def test_durations_are_ordered_by_length() -> None:
    texts = ["1w", "90m", "1h", "7d", "500ms"]
    assert [str(duration) for duration in sorted(map(Duration.parse, texts))] == ["500ms", "1h", "90m", "1w", "7d"]


def test_a_duration_is_written_as_its_text_and_its_schema_says_so() -> None:
    adapter = TypeAdapter(Duration)
    assert adapter.dump_json(adapter.validate_python("1h30m")) == b'"1h30m"'
    assert adapter.json_schema()["type"] == "string"
