"""Reading rows in the order of the cursor, a bounded number at a time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from sqlalchemy import CursorResult

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.sql.connecting import Database
from ml_exporter.feeds.sql.keys import Key, key_of, place, same_kinds, tie
from ml_exporter.feeds.sql.settings import SqlFeedSettings
from ml_exporter.feeds.sql.statements import Span, Statements

_LONGEST_TRANSACTION = 60.0
"""Seconds. What is open for longer keeps a database from cleaning up."""


@dataclass(frozen=True)
class Rows:
    """Rows that the database gave."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    """At least one."""

    keys: Sequence[Key]
    """Of each row."""

    more: bool
    """Whether there are further rows in the span."""


class Reading:
    """Reads spans of rows."""

    def __init__(self, database: Database, statements: Statements, settings: SqlFeedSettings) -> None:
        self._database = database
        self._statements = statements
        self._columns = settings.cursor_columns
        self._most = settings.batch_rows

    def rows(self, span: Span) -> Iterator[Rows]:
        """Yield the rows of a span in order, ``batch_rows`` at most at once; those of equal keys stay together.

        Of a server they are streamed, so that a statement that has to sort does so once, in transactions of a minute;
        of a file each batch is a transaction of its own, so that nobody who writes has to wait for whoever counts.
        """
        more = True
        while more:
            more = False
            for part in self._of_one_statement(span):
                yield part
                more = part.more
                span = replace(span, after=part.keys[-1])

    def _of_one_statement(self, span: Span) -> Iterator[Rows]:
        end = time.monotonic() + (0.0 if self._database.is_file else _LONGEST_TRANSACTION)
        statement = self._statements.rows(span, self._most + 1 if self._database.is_file else None)
        with self._database.transaction() as connection:
            streamed = connection.execution_options(stream_results=True, max_row_buffer=self._most + 1)
            with streamed.execute(statement) as result:
                for part in self._parts(result, span):
                    yield part
                    if time.monotonic() >= end:
                        return

    def _parts(self, result: CursorResult[Any], span: Span) -> Iterator[Rows]:
        names = tuple(result.keys())
        cursor = _picked(names, self._columns)
        rows: list[Sequence[Any]] = []
        keys: list[Key] = []
        while True:
            wanted = self._most + 1 - len(rows)
            fetched = result.fetchmany(wanted)
            rows += fetched
            keys += [key_of(self._columns, cursor(row)) for row in fetched]
            self._check(keys, span)
            if len(fetched) < wanted:
                break
            whole = self._without_last_tie(keys)
            yield Rows(names, rows[:whole], keys[:whole], more=True)
            rows, keys = rows[whole:], keys[whole:]
        if rows:
            yield Rows(names, rows, keys, more=False)

    def _without_last_tie(self, keys: Sequence[Key]) -> int:
        """Return how many rows come before those that may have the same key as what follows."""
        last, whole = tie(keys[-1]), len(keys) - 1
        while whole and tie(keys[whole - 1]) == last:
            whole -= 1
        if not whole:
            raise FeedError(
                f"more than {self._most:,} rows have {place(self._columns, keys[-1])}, so a batch cannot end between"
                " them; add a column to `cursor` that tells them apart: [..., id]"
            )
        return whole

    def _check(self, keys: Sequence[Key], span: Span) -> None:
        """See that keys are of one type, and beyond the row that the database was asked to go on behind."""
        if not keys:
            return
        first = span.after or keys[0]
        kinds = {tuple(map(type, key)): key for key in keys}
        for key in kinds.values():
            same_kinds(self._columns, first, key)
        if keys[0] == span.after:
            raise FeedError(
                f"the row {place(self._columns, keys[0])} comes again and again: the database holds a finer value than"
                " it gives (nanoseconds); cast the column to microseconds in the query"
            )


def _picked(names: Sequence[str], columns: Sequence[str]) -> Any:
    places = [names.index(column) for column in columns]
    return itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
