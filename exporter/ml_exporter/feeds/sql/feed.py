"""The feed itself: looks for new rows, reads them on from where it stands, and decodes them."""

from collections.abc import Generator
from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding import ColumnEvents
from ml_exporter.feeds.interface import Batch, Feed, FeedContext, FeedError
from ml_exporter.feeds.sql import keys, position
from ml_exporter.feeds.sql.connecting import Database
from ml_exporter.feeds.sql.explaining import explained
from ml_exporter.feeds.sql.keys import Key, Scalar
from ml_exporter.feeds.sql.lag import Sightings, back_by, goes_by_time, moment_at
from ml_exporter.feeds.sql.position import SqlPosition, source_of
from ml_exporter.feeds.sql.reading import Reading, Rows
from ml_exporter.feeds.sql.rows import columns_of
from ml_exporter.feeds.sql.seen import Seen
from ml_exporter.feeds.sql.settings import SqlFeedSettings
from ml_exporter.feeds.sql.shape import same_columns, used_columns
from ml_exporter.feeds.sql.start import start_of
from ml_exporter.feeds.sql.statements import Span, Statements

_KEYS_CHECKED_EVERY = 600.0
"""Seconds, and not more than one look in ten: rows without a key can only be found by looking through all."""


def open_sql_feed(settings: FeedSettings, context: FeedContext, stored: bytes | None) -> Feed:
    """Open a feed of SQL at a position. It connects when it is first read.

    Raises:
        FeedError: a library is missing, or the position is none of this feed.
    """
    return SqlFeed(cast("SqlFeedSettings", settings), context, stored)


class SqlFeed:
    """Reads the rows of a table or query; see ``Feed``."""

    def __init__(self, settings: SqlFeedSettings, context: FeedContext, stored: bytes | None) -> None:
        self._settings = settings
        self._clock = context.clock
        self._events = ColumnEvents(settings, context)
        self._columns = settings.cursor_columns
        self._source = source_of(settings)
        self._shape: tuple[str, ...] | None = None
        """The columns that events are read from; ``None`` before they are known."""

        self._after: Key | None = None
        self._floor: Scalar | None = None
        """Where the overlap of the next look begins, for a cursor that tells no time: what was newest a lag and
        an overlap before the last look. Before the next one, that would leave out what was committed in between."""

        if stored is not None:
            self._stand_at(position.decode(stored))
        self._database = Database(settings, context.folder)
        self._statements = Statements(settings)
        self._reading = Reading(self._database, self._statements, settings)
        self._overlap = settings.overlap.seconds if settings.overlap else 0.0
        self._sightings = Sightings(settings.lag.seconds, self._overlap)
        self._seen = Seen()
        self._like: Scalar | None = None
        """A value of the cursor's first column, for its type; ``None`` before any is known."""

        self._look: Generator[tuple[Rows, bool]] | None = None
        self._read_all = False
        """Whether the last look has got to the end of what may be read."""

        self._looked = self._keys_checked = float("-inf")

    def read(self) -> Batch | None:
        """Return the next batch; a look that has found nothing new is followed by a pause."""
        with explained(self._settings, self._database.name):
            return self._next()

    def close(self) -> None:
        """Disconnect."""
        if self._look is not None:
            self._look.close()
        self._database.close()

    def _stand_at(self, stored: SqlPosition) -> None:
        if stored.cursor != self._columns:
            raise FeedError(
                f"the position is one of the cursor {', '.join(stored.cursor)}, and the cursor is now"
                f" {', '.join(self._columns)}; put it back, or give the feed a new name: then it begins anew, and known"
                " events fall out as duplicates"
            )
        self._after, self._floor = stored.key, stored.floor
        if stored.source == self._source:
            self._shape = stored.columns

    def _next(self) -> Batch | None:
        if self._look is None:
            if not self._is_due():
                return None
            self._looked, self._read_all = self._clock.now(), False
            self._look = self._found()
        for rows, again in self._look:
            batch = self._batch(rows, again=again)
            if batch is not None:
                return batch
        self._look = None
        self._seen.end_look()
        self._see_that_all_have_keys()
        return None

    def _is_due(self) -> bool:
        """Tell whether it is time for a look; a clock that was set back makes it so, too."""
        return not 0 <= self._clock.now() - self._looked < self._settings.every.seconds

    def _found(self) -> Generator[tuple[Rows, bool]]:
        """Take one look: yield rows of the overlap that come again (true), then new ones (false)."""
        like = self._like or self._probed()
        if like is None:
            return
        end, floor = self._limits(like)
        if end is None:
            return
        if self._after is None:
            new = Span(begin=start_of(self._settings.start, like), end=end)
        else:
            new = Span(after=self._after, end=end)
            if floor is not None:
                yield from ((rows, True) for rows in self._reading.rows(Span(begin=floor, until=self._after)))
        by_sightings = self._overlap and not goes_by_time(like)
        if by_sightings and self._floor is None:
            self._floor = self._sightings.first()  # before the first batch, whose position carries it over a restart
        yield from ((rows, False) for rows in self._reading.rows(new))
        self._read_all = True
        if by_sightings:
            passed = self._sightings.newest_at(self._looked - self._settings.lag.seconds - self._overlap)
            self._floor = self._floor if passed is None else passed

    def _probed(self) -> Scalar | None:
        """Find out which columns there are, and of which types the cursor's are; ``None`` before the first row."""
        with self._database.transaction() as connection:
            result = connection.execute(self._statements.one())
            self._see_shape(tuple(result.keys()))
            row = connection.execute(self._statements.one_key()).first()
        if row is None:
            return None
        key = keys.key_of(self._columns, row)
        if self._after is not None:
            keys.same_kinds(self._columns, self._after, key)
        self._like = key[0]
        return self._like

    def _limits(self, like: Scalar) -> tuple[Scalar | None, Scalar | None]:
        """Return up to where rows may be read, and where the overlap begins; ``None``: nowhere yet."""
        now, lag = self._clock.now(), self._settings.lag.seconds
        if goes_by_time(like):
            floor = back_by(self._after[0], self._overlap) if self._after and self._overlap else None
            return moment_at(now - lag, like), floor
        with self._database.transaction() as connection:
            newest = connection.execute(self._statements.newest()).scalar()
        if newest is None:
            return None, None
        (value,) = keys.key_of(self._columns[:1], [newest])
        self._sightings.note(self._clock.now(), value)
        return self._sightings.newest_at(now - lag), self._floor if self._overlap else None

    def _see_shape(self, names: tuple[str, ...]) -> None:
        now = used_columns(self._settings, names)
        if self._shape is not None:
            same_columns(self._shape, now)
        self._shape = now

    def _see_that_all_have_keys(self) -> None:
        """Tell of rows that have no place in any order, once everything else has been read."""
        now, every = self._clock.now(), max(_KEYS_CHECKED_EVERY, 10 * self._settings.every.seconds)
        if 0 <= now - self._keys_checked < every or not self._read_all:
            return
        with self._database.transaction() as connection:
            without = connection.execute(self._statements.without_key()).scalar() or 0
        if without:
            columns = ", ".join(self._columns)
            raise FeedError(
                f"{without:,} rows have NULL in {columns}, so they have no place in its order and are not read; fill"
                " it in, in the query, too (coalesce(updated_at, created_at) as updated_at), or leave these rows out"
                f" (where {self._columns[-1]} is not null)"
            )
        self._keys_checked = now

    def _batch(self, found: Rows, *, again: bool) -> Batch | None:
        """Decode rows; ``None`` where all of them were seen before."""
        self._see_shape(found.names)
        rows, own = found.rows, found.keys
        if self._overlap:
            new = self._seen.new_among(own)
            if again and not new:
                return None
            if again and len(new) < len(own):
                rows, own = [rows[place] for place in new], [own[place] for place in new]
        if not again:
            self._after = own[-1]
        columns = columns_of(found.names, rows, self._settings)
        decoded = self._events.decode(columns, len(rows), lambda row: keys.place(self._columns, own[row]))
        return Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=decoded.rejections,
            position=position.encode(self._position(self._after or own[-1])),
            behind=found.more or again,
            newest=decoded.newest,
        )

    def _position(self, after: Key) -> SqlPosition:
        return SqlPosition(
            self._columns,
            self._source,
            self._shape or (),
            keys.written(after),
            [] if self._floor is None else keys.written([self._floor]),
        )
