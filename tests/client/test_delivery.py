"""Delivery: what each answer of the exporter leads to, and that nothing is lost or comes twice meanwhile."""

import threading
from pathlib import Path

import pytest

from ml_exporter.client.backoff import retry_after
from ml_exporter.client.settings import Limits
from tests.client.delivering import Deliver
from tests.client.far_end import FarEnd, Said, far_end


def test_a_batch_is_compressed_lines_and_the_connection_is_kept(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url)
    parts.record(1000)
    parts.record(1000, "labels")
    parts.turns()
    parts.close()
    assert len(end.predictions) == len(end.labels) == 1000
    assert [request.path for request in end.requests] == ["/api/v1/predictions", "/api/v1/labels"]
    assert {request.headers["Content-Encoding"] for request in end.requests} == {"gzip"}
    assert {request.headers["Content-Type"] for request in end.requests} == {"application/x-ndjson"}
    assert "Authorization" not in end.requests[0].headers


def test_batches_hold_no_more_events_and_bytes_than_the_limits_say(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url, limits=Limits(batch_events=10, batch_bytes=100))
    parts.record(95)
    parts.turns()
    parts.close()
    sizes = [len(request.events) for request in end.requests]
    assert sum(sizes) == 95
    assert max(sizes) <= 10
    assert all(sum(len(str(event)) + 1 for event in request.events) <= 100 for request in end.requests)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 401, 403, 404, 301, 200])
def test_what_may_heal_is_kept_and_sent_again(
    deliver: Deliver, end: FarEnd, tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    parts = deliver(end.url, tmp_path)
    parts.record(3)
    end.next.append(Said(status, body=b"no"))
    pause = parts.delivery.turn()
    assert pause
    assert 0.25 <= pause <= 0.5
    assert end.predictions == []
    assert f"answered {status}" in caplog.text
    assert f"answered {status}" in (parts.delivery.last_error or "")
    parts.clock.advance(pause)
    parts.turns()
    assert len(end.predictions) == 3
    assert parts.delivery.last_error is None
    assert (parts.delivery.accepted, parts.delivery.failed_requests) == (3, 1)
    parts.close()


@pytest.mark.parametrize("status", [400, 415, 422])
def test_what_repeating_cannot_change_is_counted_as_rejected_and_stops_nothing(
    deliver: Deliver, end: FarEnd, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    parts = deliver(end.url)
    parts.record(3)
    end.next.append(Said(status, body=b"it is no JSON"))
    parts.turns()
    assert parts.delivery.rejected == 3
    assert f"3 events refused: the exporter answered {status}: it is no JSON" in caplog.text
    parts.record(2)
    parts.turns()
    assert parts.delivery.accepted == 2


def test_an_event_that_is_rejected_takes_no_other_with_it_and_is_told(
    deliver: Deliver, end: FarEnd, caplog: pytest.LogCaptureFixture
) -> None:
    end.rejects = lambda event: "bad_value" if event["prediction_id"] == "3" else None
    parts = deliver(end.url)
    parts.record(6)
    parts.turns()
    assert [event["prediction_id"] for event in end.predictions] == ["0", "1", "2", "4", "5"]
    assert (parts.delivery.accepted, parts.delivery.rejected) == (5, 1)
    assert 'event rejected (bad_value): it is not liked: {"prediction_id": "3"}' in caplog.text


def test_a_batch_that_is_too_large_is_split_until_it_is_not(deliver: Deliver, end: FarEnd) -> None:
    end.judge = lambda request: Said(413) if len(request.events) > 10 else None
    parts = deliver(end.url)
    parts.record(100)
    parts.turns()
    assert [event["prediction_id"] for event in end.predictions] == [str(number) for number in range(100)]
    assert (parts.delivery.accepted, parts.delivery.duplicate) == (100, 0)
    before = len(end.requests)
    parts.buffer.put("predictions", b'{"prediction_id": "large", "text": "' + b"x" * 5000 + b'"}')
    end.judge = lambda request: Said(413) if request.events[0]["prediction_id"] == "large" else None
    parts.record(1)
    parts.turns()
    assert parts.delivery.rejected == 1
    assert "100" in end.taken["predictions"]
    assert len(end.requests) - before <= 3


def test_a_failure_amid_a_split_sends_only_the_rest_again(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url)
    parts.record(8)
    end.next.extend([Said(413), Said(202, takes=True, body=b""), Said(503)])
    pause = parts.delivery.turn()
    assert len(end.predictions) == 4
    parts.clock.advance(pause or 0.0)
    parts.turns()
    assert len(end.predictions) == 8
    assert parts.delivery.duplicate == 0


@pytest.mark.parametrize("cuts", [True, False])
def test_a_lost_answer_is_asked_for_again_and_counts_once(deliver: Deliver, end: FarEnd, *, cuts: bool) -> None:
    parts = deliver(end.url)
    parts.record(5)
    end.next.append(Said(502, takes=True, cuts=cuts))
    pause = parts.delivery.turn()
    assert len(end.predictions) == 5
    parts.clock.advance(pause or 0.0)
    parts.turns()
    assert (parts.delivery.accepted, parts.delivery.duplicate) == (0, 5)
    assert parts.delivery.idle


def test_a_connection_that_was_closed_in_rest_is_no_failure(deliver: Deliver) -> None:
    with far_end() as first:
        parts = deliver(first.url)
        parts.record(1)
        parts.turns()
        first.next.append(Said(0, cuts=True))
        parts.record(1)
        parts.turns()
        assert len(first.predictions) == 2
        assert parts.delivery.failed_requests == 0
        parts.close()


def test_pauses_grow_and_differ_from_one_process_to_another(deliver: Deliver, end: FarEnd) -> None:
    end.judge = lambda _request: Said(500)
    pauses: list[list[float]] = []
    for seed in range(2):
        parts = deliver(end.url, seed=seed)
        parts.record(1)
        found = []
        for _ in range(12):
            found.append(parts.delivery.turn() or 0.0)
            parts.clock.advance(found[-1])
        pauses.append(found)
    for found in pauses:
        for failures, pause in enumerate(found):
            longest = min(60.0, 0.5 * 2.0**failures)
            assert longest / 2 <= pause <= longest
    assert pauses[0] != pauses[1]


def test_retry_after_is_honoured_and_flush_does_not_override_it(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url)
    parts.record(1)
    end.next.append(Said(429, {"Retry-After": "30"}))
    pause = parts.delivery.turn() or 0.0
    assert 30.0 <= pause <= 33.0
    parts.delivery.at_once()
    parts.clock.advance(29.0)
    parts.turns()
    assert len(end.requests) == 1
    parts.clock.advance(5.0)
    parts.turns()
    assert len(end.predictions) == 1


def test_flush_does_not_wait_for_a_pause_of_our_own(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url)
    parts.record(1)
    end.next.append(Said(500))
    assert parts.delivery.turn()
    parts.delivery.at_once()
    parts.turns()
    assert parts.delivery.idle


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0),
        ("Wed, 21 Oct 2015 07:26:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, 1445412420.0) == seconds


def test_an_exporter_that_asks_for_too_long_is_asked_again_within_ten_minutes_or_so(
    deliver: Deliver, end: FarEnd
) -> None:
    parts = deliver(end.url)
    parts.record(1)
    end.next.append(Said(503, {"Retry-After": "99999999"}))
    assert 600.0 <= (parts.delivery.turn() or 0.0) <= 660.0


def test_memory_is_bounded_in_events_and_the_oldest_make_room(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url, limits=Limits(memory_events=10))
    parts.record(25)
    assert (parts.buffer.events, parts.buffer.dropped) == (10, 15)
    parts.turns()
    assert [event["prediction_id"] for event in end.predictions] == [str(number) for number in range(15, 25)]


def test_memory_is_bounded_in_bytes(deliver: Deliver, end: FarEnd) -> None:
    parts = deliver(end.url, limits=Limits(memory_bytes=10_000))
    for _ in range(100):
        parts.buffer.put("predictions", b"x" * 1000)
        assert parts.buffer.size <= 10_000
    assert parts.buffer.events == 8
    assert parts.buffer.dropped == 92


def test_while_the_exporter_is_away_without_a_spool_memory_stays_bounded(deliver: Deliver, end: FarEnd) -> None:
    end.judge = lambda _request: Said(503)
    parts = deliver(end.url, limits=Limits(memory_events=10, batch_events=7))
    for _ in range(20):
        parts.record(4)
        parts.clock.advance(parts.delivery.turn() or 0.0)
    assert (parts.buffer.events, parts.buffer.dropped) == (10, 70)
    end.judge = lambda _request: None
    parts.clock.advance(60.0)
    parts.turns()
    assert [event["prediction_id"] for event in end.predictions] == [str(number) for number in range(70, 80)]


def test_a_batch_job_may_wait_for_room(deliver: Deliver) -> None:
    limits = Limits(memory_events=2, wait_for_room=30.0)
    parts = deliver("http://127.0.0.1:1", limits=limits)
    parts.record(2)
    thread = threading.Thread(target=parts.record, args=(1,))
    thread.start()
    taken = parts.buffer.take(10**6)
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert [len(one.lines) for one in taken] == [2]
    assert (parts.buffer.events, parts.buffer.dropped) == (1, 0)


def test_recording_within_recording_does_not_wait_for_itself(deliver: Deliver) -> None:
    """A signal handler, or a finalizer, may record while the thread that it interrupts does."""
    parts = deliver("http://127.0.0.1:1", limits=Limits(memory_events=10))
    with parts.buffer._lock:
        parts.record(1)
    assert parts.buffer.events == 1
