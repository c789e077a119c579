"""Lines of JSON: which of them are objects, and that it does not matter what they come along with."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.events import Labels, Predictions
from tests.feeds.builders import FRAUD, decode, ids, label, line, prediction, refused

SOUND = line(prediction("sound")).rstrip()


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[1]",
        b"null",
        b"7",
        b"NaN",
        b'{"a": nan}',
        SOUND + SOUND,
        SOUND + b" " + SOUND,
        SOUND + b",",
        b'{"prediction_id": "\xff"}',
        b'{"prediction_id": "\\ud800", "score": NaN}',
        pytest.param(b'{"x": ' + b"[" * 5000, id="nested"),
        pytest.param(b'{"prediction_id": ' + b"9" * 5000 + b"}", id="huge"),
        b"\x00",
    ],
)
def test_a_line_that_is_no_object_is_malformed_and_spoils_no_other(text: bytes) -> None:
    decoded = decode([SOUND, text, SOUND])
    assert ids(decoded.events) == ["sound", "sound"]
    (rejection,) = decoded.rejections
    assert (rejection.reason, rejection.place) == ("malformed", "line 1")
    assert "write one object a line" in rejection.detail


def test_an_object_that_spans_two_lines_is_two_malformed_lines() -> None:
    """Whatever stands on other lines, so that the result does not depend on where a file is cut."""
    first, second = SOUND.split(b", ", 1)
    assert [rejection.reason for rejection in decode([first + b",", second]).rejections] == ["malformed"] * 2


def test_blank_lines_are_no_events() -> None:
    decoded = decode([b"", SOUND, b"  \t", b"\r", SOUND + b"\r", b"{}"])
    assert len(decoded.events) == 2
    assert [rejection.place for rejection in decoded.rejections] == ["line 5"]


def test_a_number_that_json_does_not_have_does_no_harm_where_nobody_reads_it() -> None:
    assert ids(decode([prediction("a", features={"age": float("nan")})]).events) == ["a"]


def test_a_number_that_json_does_not_have_is_judged_where_it_is_read() -> None:
    assert refused(prediction(score=float("nan"))).reason == "bad_value"


def test_a_rejection_shows_the_event_cut_where_it_is_long() -> None:
    assert refused(prediction("a", prediction=7, x="y" * 5000)).event.startswith('{"prediction_id": "a"')
    assert len(refused(prediction("a", prediction=7, x="y" * 5000)).event) == 2000
    assert len(refused(prediction(["y" * 5000])).detail) < 200


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([2**53, 2.0**53, 2**70, 10**400, -0.0, 0.5, 1.0, float("nan"), float("inf"), 1.6e9, 1.6e12]),
    st.sampled_from(["", "0", "1", "left", "fraud", "churn", "success", "timeout", "2020-09-13T12:26:40Z", "x" * 300]),
    st.text(string.printable, max_size=3),
)
values = st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.just("country"), scalars))


def events_of(sound: dict[str, object], further: list[str]) -> st.SearchStrategy[dict[str, object]]:
    """Events of which some fields are sound, some odd, some missing."""
    fields = {name: st.one_of(st.just(value), st.just(value), values) for name, value in sound.items()}
    return st.fixed_dictionaries({}, optional=fields | dict.fromkeys(further, values))


predictions = events_of(
    {"prediction_id": "a", "model_name": "fraud", "timestamp": 1_600_000_000, "prediction": 1, "score": 0.5},
    ["model_version", "segment", "latency_seconds", "status"],
)
labels = events_of(label() | {"model_name": FRAUD.name}, [])


def row_by_row(events: Predictions | Labels) -> list[tuple[object, ...]]:
    """Return events as rows of plain values. NaN is written as text, so that it equals itself."""
    columns: list[list[object]] = [list(ids(events)), events.timestamp.tolist(), list(events.model.texts())]
    if isinstance(events, Labels):
        columns.append(list(events.actual.texts()))
    else:
        columns += [list(events.version.texts()), list(events.status.texts())]
        columns += [list(map(str, events.payload.tolist())), list(map(str, events.latency.tolist()))]
        country = events.segments.get("country")
        columns.append(list(country.texts()) if country else [None] * len(events))
    return list(zip(*columns, strict=True))


@given(st.sampled_from(["predictions", "labels"]), st.data())
def test_an_event_means_the_same_alone_and_among_others(kind: str, data: st.DataObject) -> None:
    """The way for all at once and the way for odd ones agree: on what is used, as what, and on every reason."""
    events = data.draw(st.lists(predictions if kind == "predictions" else labels, max_size=8))
    lines = [json.dumps(event).encode() for event in events]
    together = decode(lines, kind)
    alone = [decode([text], kind) for text in lines]
    assert row_by_row(together.events) == [row for one in alone for row in row_by_row(one.events)]
    assert [(found.reason, found.detail, found.event) for found in together.rejections] == [
        (found.reason, found.detail, found.event) for one in alone for found in one.rejections
    ]
    assert len(together.events) + len(together.rejections) == len(events)
