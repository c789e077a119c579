"""The log of rejections."""

from structlog.testing import capture_logs

from ml_exporter.feeds import Rejection, RejectionLog
from ml_exporter.feeds.interface import Reason
from ml_exporter.rate_limit import RateLimit


def rejection(reason: Reason = "bad_value") -> Rejection:
    return Rejection(reason, "detail", "place", "event")


def test_five_of_a_reason_are_told_in_a_minute_and_the_others_counted() -> None:
    log = RejectionLog()
    with capture_logs() as logs:
        log.note("f", [rejection()] * 8, 0.0)
        log.note("f", [rejection()] * 2, 59.0)
        log.note("f", [rejection()], 60.0)
    assert [entry["event"] for entry in logs] == ["event rejected"] * 5 + ["events rejected", "event rejected"]
    assert logs[5]["further"] == 5
    assert (logs[0]["reason"], logs[0]["place"], logs[0]["detail"]) == ("bad_value", "place", "detail")


def test_reasons_and_feeds_do_not_hide_each_other() -> None:
    log = RejectionLog()
    with capture_logs() as logs:
        log.note("f", [rejection()] * 9, 0.0)
        log.note("f", [rejection("malformed")], 1.0)
        log.note("g", [rejection()], 1.0)
    assert len(logs) == 7


def test_the_count_is_told_with_the_next_batch_though_nothing_in_it_is_rejected() -> None:
    log = RejectionLog()
    with capture_logs() as logs:
        log.note("f", [rejection()] * 7, 0.0)
        log.note("f", [], 61.0)
        log.note("f", [], 200.0)
    assert [entry["further"] for entry in logs if entry["event"] == "events rejected"] == [2]


def test_a_clock_that_is_set_back_silences_nothing() -> None:
    limit = RateLimit(shown=1)
    assert limit.passes(1000.0)
    assert not limit.passes(1001.0)
    assert limit.passes(10.0)
