"""What is sent is durable when it is answered, in whatever form it comes."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from tests.feeds.http.receiving import (
    Receiving,
    as_columns,
    as_lines,
    configured,
    feed,
    label,
    prediction,
    receiving,
)

Events = Sequence[Mapping[str, Any]]
Send = Callable[[Receiving, Events], httpx.Response]

COLUMNS = "application/vnd.ml-exporter.columns+json"
FORMS: Mapping[str, Send] = {
    "an array": lambda to, events: to.send(events),
    "a pretty array": lambda to, events: to.send(json.dumps(events, indent=2).encode()),
    "lines": lambda to, events: to.send(as_lines(events), media_type="application/x-ndjson; charset=utf-8"),
    "lines with blank ones": lambda to, events: to.send(
        b"\r\n \n" + as_lines(events).replace(b"\n", b"\r\n\n"), media_type="application/jsonl"
    ),
    "columns": lambda to, events: to.send_columns(events),
    "gzip": lambda to, events: to.send(gzip.compress(json.dumps(events).encode()), content_encoding="gzip"),
    "zstd": lambda to, events: to.send(
        zstandard.compress(as_columns(events)), media_type=COLUMNS, content_encoding="zstd"
    ),
    "several members of gzip": lambda to, events: to.send(
        b"".join(gzip.compress(line) for line in as_lines(events).splitlines(keepends=True)),
        media_type="application/x-ndjson",
        content_encoding="gzip",
    ),
}


@pytest.fixture(scope="module", name="to")
def _to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiving]:
    folder = tmp_path_factory.mktemp("exporter")
    with receiving(folder, configured(feed("predictions"), feed("labels"), feed("outcomes"))) as running:
        yield running


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_what_became_of_each_event(to: Receiving, form: str) -> None:
    events = [
        prediction(f"{form} 1"),
        prediction(f"{form} 2", model_name="nobody"),
        prediction(f"{form} 1"),
        prediction(f"{form} 3", prediction=7),
        prediction(f"{form} 4", timestamp=None),
        prediction(f"{form} 5"),
    ]
    answer = FORMS[form](to, events)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["accepted"], told["duplicate"], told["rejected"]) == (2, 1, 3)
    assert [(refused["index"], refused["reason"]) for refused in told["rejections"]] == [
        (1, "unknown_model"),
        (3, "bad_value"),
        (4, "missing_field"),
    ]
    assert "is none of this feed's" in told["rejections"][0]["detail"]
    again = FORMS[form](to, events).json()
    assert (again["accepted"], again["duplicate"], again["rejected"]) == (0, 3, 3)


def test_one_object_and_no_event_at_all_are_answered_too(to: Receiving) -> None:
    assert to.send(prediction("one")).json() == {"accepted": 1, "duplicate": 0, "rejected": 0, "rejections": []}
    nothing = {"accepted": 0, "duplicate": 0, "rejected": 0, "rejections": []}
    for content, media_type in ((b"[]", "application/json"), (b" \n\n", "application/x-ndjson"), (b"{}", COLUMNS)):
        answer = to.send(content, media_type=media_type)
        assert (answer.status_code, answer.json()) == (202, nothing)


def test_labels_and_rows_that_are_joined_already_have_paths_of_their_own(to: Receiving) -> None:
    to.send([prediction("pair", model_version="v7")])
    assert to.send([label("pair"), label("pair"), label("early")], "labels").json()["accepted"] == 2
    joined = prediction("whole", model_version="v7") | {"actual": 0}
    assert to.send([joined, joined], "outcomes").json() == {
        "accepted": 1,
        "duplicate": 1,
        "rejected": 0,
        "rejections": [],
    }
    to.shows("ml_labels_total", 2, model_version="v7")


def test_what_cannot_be_used_is_told_for_the_first_hundred_and_counted_for_all(to: Receiving) -> None:
    told = to.send([1, *([None] * 149), prediction("after many")]).json()
    assert (told["accepted"], told["rejected"], len(told["rejections"])) == (1, 150, 100)
    assert [refused["index"] for refused in told["rejections"]] == list(range(100))


def test_an_event_that_is_too_large_costs_itself_only(to: Receiving) -> None:
    large = prediction("large", features={"text": "x" * 1_100_000})
    told = to.send(as_lines([prediction("small"), large, prediction("small too")]), media_type="application/x-ndjson")
    assert told.json()["accepted"] == 2
    assert [(refused["index"], refused["reason"]) for refused in told.json()["rejections"]] == [(1, "too_large")]


def test_nan_in_a_field_that_nobody_reads_does_no_harm(to: Receiving) -> None:
    told = to.send([prediction("nan", extra=float("nan")), prediction("nan too", score=float("nan"))]).json()
    assert (told["accepted"], [refused["index"] for refused in told["rejections"]]) == (1, [1])


def test_a_request_of_more_events_than_a_batch_holds_is_answered_once_as_a_whole(to: Receiving) -> None:
    events = [prediction(f"many {row % 41_000}") for row in range(45_000)]
    events[40_500] = prediction("many", timestamp="never")
    for told in (to.send_columns(events).json(), to.send_columns(events).json()):
        assert told["accepted"] + told["duplicate"] == 44_999
        assert [refused["index"] for refused in told["rejections"]] == [40_500]
    assert told["accepted"] == 0


def test_the_answer_comes_after_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(tmp_path) as to:
        transaction, asked = to.ledger.transaction, []

        def watched(*, acknowledged: bool = False) -> AbstractContextManager[None]:
            asked.append(acknowledged)
            return transaction(acknowledged=acknowledged)

        monkeypatch.setattr(to.ledger, "transaction", watched)
        to.send([prediction("durable")])
        assert asked.count(True) == 1


def test_where_it_came_from_stands_among_the_dead_letters(tmp_path: Path) -> None:
    with receiving(tmp_path) as to:
        to.send([prediction("good"), {"prediction_id": "bad"}])
    (dead,) = (tmp_path / "data/dead-letter/predictions.jsonl").read_text().splitlines()
    assert json.loads(dead)["place"] == "/api/v1/predictions from 127.0.0.1, event 1"


def test_senders_never_make_a_feed_look_behind(tmp_path: Path) -> None:
    with receiving(tmp_path) as to:
        for row in range(50):
            to.send([prediction(row)])
        to.shows("ml_catching_up", 0, model_name="fraud")
        assert to.metrics().one("ml_exporter_http_queued_requests", feed="labels") == 0
        assert to.metrics().one("ml_exporter_http_acknowledged_requests_total", feed="predictions") == 50
