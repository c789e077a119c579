"""The feed itself: batch after batch of entries, and what becomes of those that were trimmed."""

import structlog

from ml_exporter.feeds.interface import Batch, FeedContext, FeedError
from ml_exporter.feeds.redis.client import Client, Look
from ml_exporter.feeds.redis.entries import Entries, Gathered
from ml_exporter.feeds.redis.position import BEGIN, StreamPosition, decode, encode, order
from ml_exporter.feeds.redis.settings import RedisFeedSettings

_log = structlog.get_logger(__name__)

_AT_ONCE = 1000
"""Entries that are asked for in one go: nobody knows before how large they are."""


class RedisFeed:
    """Reads streams, each from behind the last entry that the store has; see ``Feed``."""

    def __init__(self, settings: RedisFeedSettings, context: FeedContext, position: bytes | None) -> None:
        """Open; nothing is asked yet.

        Raises:
            FeedError: the position is none of streams, or the password cannot be read.
        """
        self._settings = settings
        self._position = decode(position)
        self._entries = Entries(settings, context)
        self._client = Client(settings, context.folder)
        self._lost = self._truncations = 0
        """Since the last batch."""

    def read(self) -> Batch | None:
        """Return the next batch: entries of all streams, as far as they fit.

        Raises:
            FeedError: the server does not answer as it should; the message says what to do.
        """
        gathered, left, moved = Gathered(), 0, False
        for key in self._settings.all_streams:
            known = key in self._position
            left += self._take(key, gathered)
            moved |= key in self._position and not known
        if not (gathered.entries or moved or self._lost or self._truncations):
            return None
        return self._batch(gathered, left)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _take(self, key: str, gathered: Gathered) -> int:
        """Take entries of a stream, as long as there is room and there are more.

        Returns:
            How many are left, as far as is known.

        Raises:
            FeedError: the server does not answer as it should.
        """
        left = 0
        while room := min(gathered.room, _AT_ONCE):
            stands = self._position.get(key)
            look = self._client.look(key, BEGIN if stands is None else stands.last, room)
            if look is None:
                return 0
            if stands is None:
                stands, look = self._first(key, look, room)
            if order(look.newest) < order(stands.last):
                stands, look = self._anew(key, stands, look, room)
            full = len(look.entries) == room
            stands = self._position[key] = self._behind(key, stands, look, full)
            gathered.add(key, look.entries)
            left = self._left(stands, look, full)
            if not full:
                break
        return left

    def _first(self, key: str, look: Look, room: int) -> tuple[StreamPosition, Look]:
        """Return where a stream begins that the store knows nothing of."""
        if self._settings.start == "earliest":
            gone = None if look.added is None else look.added - look.length
            return StreamPosition(BEGIN, gone), look
        stands = StreamPosition(look.newest, look.added)
        return stands, self._client.look(key, stands.last, room) or look

    def _anew(self, key: str, stands: StreamPosition, look: Look, room: int) -> tuple[StreamPosition, Look]:
        """Begin a stream again that was made anew: its ids are lower than those that were read."""
        _log.error("a stream was made anew", feed=self._settings.name, stream=key, was=stands.last, ends=look.newest)
        self._truncations += 1
        gone = None if look.added is None else look.added - look.length
        return StreamPosition(BEGIN, gone), self._client.look(key, BEGIN, room) or look

    def _behind(self, key: str, stands: StreamPosition, look: Look, full: bool) -> StreamPosition:
        """Return where a stream stands behind the entries of a look, and count what was trimmed before them.

        Args:
            key: of the stream.
            stands: where it stood.
            look: with what was read.
            full: whether there may be more behind it.

        Raises:
            FeedError: entries were trimmed unread, and the feed is to stop there.
        """
        read = stands.read
        if read is not None and look.added is not None:
            all_newer = look.first is None or order(look.first) > order(stands.last)
            lost = max(0, look.added - read - look.length) if all_newer else 0
            if lost and self._settings.out_of_range == "stop":
                raise FeedError(
                    f"{lost} entries of {key} were trimmed before they were read; keep more (MAXLEN, MINID), and to go"
                    " on without them write out_of_range: earliest"
                )
            if lost:
                _log.error("entries are gone", feed=self._settings.name, stream=key, trimmed=lost)
            self._lost += lost
            read = read + lost + len(look.entries) if full else look.added
        return StreamPosition(look.entries[-1][0] if look.entries else stands.last, read)

    @staticmethod
    def _left(stands: StreamPosition, look: Look, full: bool) -> int:
        """Return how many entries are behind a position, as far as is known."""
        if stands.read is not None and look.added is not None and full:
            return max(0, look.added - stands.read)
        return int(full)

    def _batch(self, gathered: Gathered, left: int) -> Batch:
        decoded = self._entries.decode(gathered)
        batch = Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=decoded.rejections,
            position=encode(self._position),
            behind=left > 0,
            newest=decoded.newest,
            truncations=self._truncations,
            lost=self._lost,
            events_left=left,
        )
        self._lost = self._truncations = 0
        return batch
