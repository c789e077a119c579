"""However events are cut into requests, packed, repeated and sent at once: each counts once."""

import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feeds.http.receiving import Receiving, as_lines, configured, feed, label, prediction, receiving
from tests.stack.waiting import eventually

_LINES = "application/x-ndjson"
_versions = count()
"""A model version for each example: its counters begin at nothing."""


@pytest.fixture(scope="module", name="to")
def _to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiving]:
    with receiving(tmp_path_factory.mktemp("exporter"), configured(feed("predictions"), feed("labels"))) as running:
        yield running


def _send(to: Receiving, events: list[dict[str, Any]], path: str, form: int) -> Counter[str]:
    answers = (
        lambda: to.send(events, path),
        lambda: to.send(as_lines(events), path, _LINES),
        lambda: to.send_columns(events, path),
    )
    told = answers[form]().json()
    return Counter({name: told[name] for name in ("accepted", "duplicate", "rejected")})


_requests = st.lists(
    st.tuples(st.lists(st.integers(0, 12), max_size=20), st.integers(0, 2), st.integers(1, 2)), min_size=1, max_size=6
)
"""Ids, the form, and how often it is sent."""


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(predictions=_requests, labels=_requests)
def test_splits_and_repeats_of_requests_count_each_event_once(
    to: Receiving, predictions: list[tuple[list[int], int, int]], labels: list[tuple[list[int], int, int]]
) -> None:
    version = f"v{next(_versions)}"
    for path, requests in (("predictions", predictions), ("labels", labels)):
        seen: set[int] = set()
        for ids, form, times in requests:
            for _ in range(times):
                make = prediction if path == "predictions" else label
                own = {"model_version": version} if path == "predictions" else {}
                events = [make(f"{version} {identifier}", **own) for identifier in ids]
                new = len(set(ids) - seen)
                assert _send(to, events, path, form) == Counter(
                    {"accepted": new, "duplicate": len(ids) - new, "rejected": 0}
                )
                seen |= set(ids)
    made, judged = ({one for ids, _, _ in requests for one in ids} for requests in (predictions, labels))

    def shown() -> bool:
        counted = to.metrics().all
        totals = [counted(f"ml_{path}_total", model_version=version).values() for path in ("predictions", "labels")]
        return [sum(total) for total in totals] == [len(made), len(made & judged)]

    eventually(shown, "every event is counted once")


def test_senders_at_once_that_all_send_the_same_are_told_of_each_event_once(to: Receiving) -> None:
    told: list[Counter[str]] = []
    events = [prediction(f"together {row}", model_version="together") for row in range(200)]

    def send(form: int) -> None:
        for begin in range(0, 200, 20):
            answer = _send(to, events[begin : begin + 20], "predictions", form)
            told.append(answer)

    threads = [threading.Thread(target=send, args=(number % 3,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(told, Counter()) == Counter(accepted=200, duplicate=1000)
    to.shows("ml_predictions_total", 200, model_version="together")
