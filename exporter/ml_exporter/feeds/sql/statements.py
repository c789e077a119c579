"""The statements of a feed of SQL, around the user's table or query. Values are always bound, never written in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, func, literal_column, or_, select, table, text
from sqlalchemy.sql.selectable import FromClause

from ml_exporter.feeds.sql.keys import Key, Scalar
from ml_exporter.feeds.sql.settings import SqlFeedSettings

Statement = Select[Any]


@dataclass(frozen=True)
class Span:
    """Which rows: all limits that are given hold."""

    begin: Scalar | None = None
    """The first column is at least this."""

    end: Scalar | None = None
    """The first column is at most this."""

    after: Key | None = None
    """The key is greater."""

    until: Key | None = None
    """The key is not greater."""


class Statements:
    """Makes the statements over one source."""

    def __init__(self, settings: SqlFeedSettings) -> None:
        self._source = _source(settings)
        self._columns: Sequence[ColumnElement[Any]] = [column(name) for name in settings.cursor_columns]

    def one(self) -> Statement:
        """Select one row, whichever: for its columns."""
        return self._all().limit(1)

    def one_key(self) -> Statement:
        """Select one key, whichever: for its types."""
        return select(*self._columns).select_from(self._source).where(self._has_key()).limit(1)

    def newest(self) -> Statement:
        """Select the greatest value of the first column. Not every database has a maximum of every type."""
        first = self._columns[0]
        return select(first).select_from(self._source).where(self._has_key()).order_by(first.desc()).limit(1)

    def rows(self, span: Span, limit: int | None) -> Statement:
        """Select the rows of a span in the order of the cursor."""
        first = self._columns[0]
        conditions = [self._has_key()]
        if span.begin is not None:
            conditions.append(first >= span.begin)
        if span.end is not None:
            conditions.append(first <= span.end)
        if span.after is not None:
            conditions.append(self._beyond(span.after))
        if span.until is not None:
            conditions.append(self._not_beyond(span.until))
        return self._all().where(*conditions).order_by(*self._columns).limit(limit)

    def without_key(self) -> Statement:
        """Count the rows that have no key."""
        return select(func.count()).select_from(self._source).where(~self._has_key())

    def _all(self) -> Statement:
        return select(literal_column("*")).select_from(self._source)

    def _has_key(self) -> ColumnElement[bool]:
        return and_(*(one.is_not(None) for one in self._columns))

    def _beyond(self, key: Key) -> ColumnElement[bool]:
        """Compare keys as rows, as every database can and an index serves: a >= 1 and (a > 1 or ...)."""
        first, value = self._columns[0], key[0]
        if len(key) == 1:
            return first > value
        return and_(first >= value, or_(*_steps(self._columns, key)))

    def _not_beyond(self, key: Key) -> ColumnElement[bool]:
        """Compare keys as rows: a <= 1 and not (a > 1 or ...)."""
        return and_(self._columns[0] <= key[0], ~or_(*_steps(self._columns, key)))


def _steps(columns: Sequence[ColumnElement[Any]], key: Key) -> list[ColumnElement[bool]]:
    """Return the ways in which a key can be beyond another: equal in the first columns, greater in the next."""
    equal = [one == value for one, value in zip(columns, key, strict=True)]
    return [and_(*equal[:place], columns[place] > key[place]) for place in range(len(key))]


def _source(settings: SqlFeedSettings) -> FromClause:
    if settings.table is not None:
        schema, _, name = settings.table.rpartition(".")
        return table(name, schema=schema or None)
    written = (settings.query or "").strip().removesuffix(";")
    return text(written.replace(":", r"\:")).columns().subquery("events")  # a colon is no parameter of ours
