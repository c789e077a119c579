"""Transactions that commit in another order than they began in."""

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.feeds.builders import NOW
from tests.feeds.sql.builders import BY_ID, Opened, Source, by_id, moment, settings
from tests.feeds.sql.databases import Database, insert

BY_TIME = (
    "CREATE TABLE predictions (created_at TIMESTAMPTZ, id BIGINT, prediction_id TEXT, timestamp FLOAT,"
    " prediction INTEGER)"
)
LAG, OVERLAP = 30, 300


def test_who_commits_late_but_within_the_lag_is_read(postgres: Database, opened: Opened) -> None:
    """Two real transactions: the one that took the lower number of a sequence commits after the other."""
    postgres.run(BY_ID.replace("INTEGER PRIMARY KEY", "BIGSERIAL PRIMARY KEY"))
    source = opened(postgres)
    row = {name: value for name, value in by_id(0).items() if name != "id"}
    with postgres.writer.connect() as slow, slow.begin() as transaction:
        insert(slow, "predictions", row | {"prediction_id": "slow"})
        postgres.insert("predictions", row | {"prediction_id": "quick"})
        assert source.drain() == []
        assert source.later(LAG - 1) == []
        transaction.commit()
    assert source.later(1) == ["slow", "quick"]


def test_a_number_that_was_rolled_back_is_not_waited_for(postgres: Database, opened: Opened) -> None:
    postgres.run(BY_ID.replace("INTEGER PRIMARY KEY", "BIGSERIAL PRIMARY KEY"))
    row = {name: value for name, value in by_id(0).items() if name != "id"}
    with postgres.writer.connect() as undone:
        insert(undone, "predictions", row)
        undone.rollback()
    postgres.insert("predictions", row | {"prediction_id": "kept"})
    assert postgres.rows("SELECT id FROM predictions") == [(2,)]
    assert opened(postgres).settle() == ["kept"]


@pytest.mark.parametrize("cursor", ["id", ["created_at", "id"]])
@pytest.mark.parametrize("overlap", [None, f"{OVERLAP}s"])
def test_who_commits_later_than_the_lag_is_missed_unless_the_overlap_covers_it(
    postgres: Database, opened: Opened, cursor: str | list[str], overlap: str | None
) -> None:
    postgres.run(BY_TIME)
    source = opened(postgres, cursor=cursor, overlap=overlap)
    postgres.insert("predictions", by_id(1) | {"created_at": moment(NOW - 60)})
    source.settle()
    source.later(400)
    begun = source.clock.now()
    postgres.insert("predictions", by_id(3) | {"created_at": moment(begun + 1)})
    assert source.settle() == ["p3"]
    source.later(OVERLAP - LAG)
    postgres.insert("predictions", by_id(2) | {"created_at": moment(begun)})
    assert source.settle() == ([] if overlap is None else ["p2"])
    assert source.later(1000) == []
    postgres.insert("predictions", by_id(4) | {"created_at": moment(source.clock.now())})
    assert source.settle() == ["p4"]
    assert source.read == ["p1", "p3", *([] if overlap is None else ["p2"]), "p4"]


def test_what_the_overlap_reads_again_is_neither_counted_nor_rejected_again(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1), by_id(2, prediction=None), by_id(3))
    source = opened(database, overlap="5m", batch_rows=2)
    source.settle()
    for _ in range(5):
        assert source.later(10) == []
    assert source.read == ["p1", "p3"]
    assert len(source.rejections) == 1


def test_after_a_restart_the_overlap_begins_where_it_did(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database, overlap="5m")
    source.settle()
    source.later(60)
    database.insert("predictions", by_id(3), by_id(4))
    source.settle()
    source.reopen()
    database.insert("predictions", by_id(2))
    assert set(source.settle()) == {"p1", "p2", "p3", "p4"}, "those known fall out in the ledger"
    source.reopen(overlap=None)
    assert source.settle() == []


class Interleaved(RuleBasedStateMachine):
    """Transactions begin, and commit in any order, each in time; the feed looks, restarts, goes back to a commit."""

    database: Database
    by_time: bool
    overlap: int

    def __init__(self) -> None:
        super().__init__()
        self.database.run("DELETE FROM predictions")
        options = {"cursor": ["created_at", "id"] if self.by_time else "id", "batch_rows": 3}
        if self.overlap:
            options["overlap"] = f"{self.overlap}s"
        self._source = Source(settings(self.database.url, **options))
        self._open: dict[int, float] = {}
        """Number to when its transaction began."""

        self._numbers = 1  # of a row that is there when the feed first looks
        self.database.insert("predictions", by_id(1) | ({"created_at": moment(NOW - 1)} if self.by_time else {}))
        self._restarted = False
        self._commits: list[tuple[bytes | None, int]] = [(None, 0)]
        self._source.settle()

    @rule()
    def begin(self) -> None:
        """Begin a transaction: it takes a number, and the time."""
        self._numbers += 1
        self._open[self._numbers] = self._source.clock.now()

    @precondition(lambda self: self._open)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """Commit any transaction."""
        self._commit(data.draw(st.sampled_from(sorted(self._open))))

    def _commit(self, number: int) -> None:
        row = by_id(number)
        if self.by_time:
            row["created_at"] = moment(self._open[number])
        del self._open[number]
        self.database.insert("predictions", row)

    @rule(seconds=st.sampled_from([1, 7, 29, 31, 200]), looks=st.booleans())
    def wait(self, seconds: int, *, looks: bool) -> None:
        """Let time pass; whoever would commit too late commits in time."""
        until = self._source.clock.now() + seconds
        for number, begun in sorted(self._open.items()):
            if begun + LAG + self.overlap <= until:
                self._source.clock.at = max(self._source.clock.now(), begun + LAG + self.overlap - 1)
                if looks:
                    self._read()
                self._commit(number)
        self._source.clock.at = until
        self._read()

    def _read(self) -> None:
        while self._source.step() is not None:
            self._commits.append((self._source.position, len(self._source.read)))

    @rule()
    def restart(self) -> None:
        """Begin again behind the last commit."""
        self._restarted = True
        self._source.reopen()

    @precondition(lambda self: not self.overlap)
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        """Begin again behind any commit: what came after it is undone."""
        del self._commits[data.draw(st.integers(1, len(self._commits))) :]
        self._source.position, events = self._commits[-1]
        del self._source.read[events:]
        self._source.reopen()

    def teardown(self) -> None:
        """Let all commit and be read: nothing is missing, and nothing came twice but what a restart may repeat."""
        try:
            for number in sorted(self._open):
                self._commit(number)
            self._source.settle()
            read = [int(name.removeprefix("p")) for name in self._source.read]
            assert sorted(set(read)) == list(range(1, self._numbers + 1))
            if not (self.overlap and self._restarted):
                assert len(read) == self._numbers
        finally:
            self._source.feed.close()


@pytest.mark.parametrize(("by_time", "overlap"), [(False, 0), (False, OVERLAP), (True, 0), (True, OVERLAP)], ids=str)
def test_whatever_the_order_of_commits_each_row_is_read_once(postgres: Database, by_time: bool, overlap: int) -> None:
    postgres.run(BY_TIME if by_time else BY_ID)
    machine = type("Machine", (Interleaved,), {"database": postgres, "by_time": by_time, "overlap": overlap})
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
