"""The contract: any events, in any order and any batches, end as in a plain loop over dictionaries."""

from collections import Counter
from contextlib import closing
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml_exporter.ledger import Joined, Ledger
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import Opened, valued_pairs
from tests.ledger.naive import NaiveJoin

Event = tuple[Any, ...]

_INHERITED = [HealthCheck.differing_executors]  # on purpose: every implementation's class inherits the test

_ids = st.sampled_from("abc")
_times = st.integers(0, 12).map(float)
predictions = st.tuples(st.just("prediction"), _ids, st.sampled_from([(0, 0), (0, 1), (1, 2)]), _times)
labels = st.tuples(
    st.just("label"),
    _ids,
    st.sampled_from([-1, 0, 1]),
    st.sampled_from("01"),
    _times,
    st.sampled_from([None, None, 5.0, 7.0]),
)
housekeeping = st.one_of(
    st.tuples(st.just("expire_predictions"), st.sampled_from([0, 1]), _times),
    st.tuples(st.just("expire_labels"), _times),
    st.tuples(st.just("assume_labels"), st.sampled_from([0, 1]), _times, st.sampled_from("01"), st.just(4.0)),
)
events = st.lists(st.one_of(predictions, labels, predictions, labels, housekeeping), max_size=40)
windows = st.sampled_from([{}, {0: 3.0}, {0: 3.0, 1: 5.0}, {1: 100.0}])


class AnyOrderContract(Opened):
    """Randomly found sequences of everything that a ledger can be asked."""

    @settings(max_examples=100, deadline=None, suppress_health_check=_INHERITED)
    @given(data=st.data(), events=events, windows=windows)
    def test_any_order_and_any_batching_join_like_a_plain_loop(
        self,
        data: st.DataObject,
        events: list[Event],
        windows: dict[int, float],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        naive = NaiveJoin(windows)
        seen = Seen()
        with closing(self.opened(tmp_path_factory.mktemp("store"))) as ledger:
            for batch in batches(events, data):
                for event in batch:
                    tell(naive, event)
                with ledger.transaction():
                    seen.take(ledger, batch, windows)
                seen.agrees_with(ledger, naive)

    @settings(max_examples=40, deadline=None, suppress_health_check=_INHERITED)
    @given(data=st.data(), events=st.lists(st.one_of(predictions, labels), max_size=30), windows=windows)
    def test_events_that_are_read_again_change_nothing(
        self,
        data: st.DataObject,
        events: list[Event],
        windows: dict[int, float],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        once, again = Seen(), Seen()
        with closing(self.opened(tmp_path_factory.mktemp("store"))) as ledger:
            for seen in (once, again):
                for batch in batches(events, data):
                    with ledger.transaction():
                        seen.take(ledger, batch, windows)
        assert again.duplicates == len(events)
        assert (again.conflicts, again.judged, again.retracted) == (0, Counter(), Counter())


class Seen:
    """Adds up what a ledger has answered."""

    def __init__(self) -> None:
        self.judged: Counter[Event] = Counter()
        self.retracted: Counter[Event] = Counter()
        self.expired: Counter[int] = Counter()
        self.duplicates = 0
        self.conflicts = 0

    def take_all(self, ledger: Ledger, events: list[Event], windows: dict[int, float]) -> None:
        """Hand events to the ledger, like ones together."""
        for _, batch in groupby(events, _group):
            self.take(ledger, list(batch), windows)

    def take(self, ledger: Ledger, batch: list[Event], windows: dict[int, float]) -> None:
        """Hand a batch of like events to the ledger."""
        kind = batch[0][0]
        if kind == "prediction":
            rows = [(name, series, time) for _, name, (_, series), time in batch]
            self._add(ledger.add_predictions(prediction_rows(rows, model=batch[0][2][0]), windows))
        elif kind == "label":
            labels = [(name, actual, time) for _, name, _, actual, time, _ in batch]
            values = [np.nan if event[5] is None else event[5] for event in batch]
            self._add(ledger.add_labels(label_rows(labels, model=batch[0][2], value=values), windows))
        elif kind == "assume_labels":
            self._add(ledger.assume_labels(*batch[0][1:]))
        elif kind == "expire_predictions":
            self.expired.update(ledger.expire_predictions(*batch[0][1:]))
        else:
            ledger.expire_labels(*batch[0][1:])

    def _add(self, joined: Joined) -> None:
        self.judged.update(valued_pairs(joined.judged))
        self.retracted.update(valued_pairs(joined.retracted))
        self.duplicates += int(np.sum(~joined.accepted))
        self.conflicts += joined.conflicts
        assert joined.corrections == int(joined.replaces.sum())

    def agrees_with(self, ledger: Ledger, naive: NaiveJoin) -> None:
        assert self.judged == naive.judged
        assert self.retracted == naive.retracted
        assert +self.expired == +naive.expired
        assert self.duplicates == naive.duplicates
        assert self.conflicts == naive.conflicts
        assert dict(ledger.pending()) == naive.pending()
        assert ledger.unmatched_labels() == naive.unmatched()


def tell(naive: NaiveJoin, event: Event) -> None:
    """Tell the plain loop of an event."""
    if event[0] == "prediction":
        _, name, (model, series), time = event
        naive.add_prediction(name, model, series, time)
    elif event[0] == "label":
        _, name, model, actual, time, value = event
        naive.add_label(name, model, actual, time, value)
    else:
        getattr(naive, event[0])(*event[1:])


def batches(events: list[Event], data: st.DataObject) -> list[list[Event]]:
    """Cut events into batches of like ones: housekeeping stands alone."""
    cut: list[list[Event]] = []
    for event in events:
        joins_last = cut and _group(cut[-1][0]) == _group(event) is not None
        if joins_last and data.draw(st.booleans()):
            cut[-1].append(event)
        else:
            cut.append([event])
    return cut


def _group(event: Event) -> Event | None:
    if event[0] == "prediction":
        return ("prediction", event[2][0])
    return ("label", event[2]) if event[0] == "label" else None
