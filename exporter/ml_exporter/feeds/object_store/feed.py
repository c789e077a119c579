"""The feed itself: looks for objects that are new, and batch after batch from them."""

import fnmatch
import re
from collections import deque
from collections.abc import Iterator

import obstore
import structlog

from ml_exporter.feeds.interface import Batch, FeedContext
from ml_exporter.feeds.object_store.position import MOST_REMEMBERED, ObjectsPosition, decode, encode
from ml_exporter.feeds.object_store.settings import ObjectStoreFeedSettings
from ml_exporter.feeds.objects.found import FoundObject
from ml_exporter.feeds.objects.place import Place
from ml_exporter.feeds.objects.reading import ObjectReading, decoded
from ml_exporter.feeds.objects.store import explaining, open_store

_log = structlog.get_logger(__name__)
_HIDDEN = re.compile(r"(^|/)[._]")


class ObjectStoreFeed:
    """Reads the objects below a path, the oldest first; see ``Feed``. It is its own ``Progress``."""

    def __init__(self, settings: ObjectStoreFeedSettings, context: FeedContext, position: bytes | None) -> None:
        """Open; nothing is asked yet.

        Raises:
            FeedError: the position is none of objects, or an option is none of the store's.
        """
        self._settings = settings
        self._clock = context.clock
        self._position: ObjectsPosition = decode(position)
        self._store = open_store(settings)
        self._reading = ObjectReading(self._store, settings, context)
        self._matches = re.compile(fnmatch.translate(settings.pattern))
        self._queue: deque[FoundObject] = deque()
        self._looked: float | None = None
        self._lost = 0

    def read(self) -> Batch | None:
        """Return the next batch: rows of the oldest object that is not done with, and of those behind it.

        Raises:
            FeedError: the store does not answer as it should; the message says what to do.
        """
        if not self._queue:
            if not self._look_is_due():
                return None
            self._queue = deque(self._look())
        read = self._reading.read(self)
        if read is None:
            return None
        found = decoded(read)
        return Batch(
            feed=self._settings.name,
            events=found.events,
            rejections=found.rejections,
            position=encode(self._position),
            behind=bool(self._queue),
            newest=found.newest,
            lost=read.lost + self._told_lost(),
            bytes_read=read.bytes_read,
            bytes_left=max(0, sum(one.size for one in self._queue) - (self.place.taken if self.place else 0)),
        )

    def close(self) -> None:
        """Let go of the object that was fetched."""
        self._reading.close()

    @property
    def place(self) -> Place | None:
        """The object that is being read; see ``Progress``."""
        return self._position.place

    @place.setter
    def place(self, place: Place | None) -> None:
        self._position.place = place

    def next(self) -> FoundObject | None:
        """Return the object that is to be read now; see ``Progress``."""
        return self._queue[0] if self._queue else None

    def finish(self, found: FoundObject) -> None:
        """Remember that an object is done with; see ``Progress``."""
        self._queue.popleft()
        if not self._position.finish(found.identity, found.key, found.modified, self._settings.overlap.seconds):
            _log.warning(
                "objects come too fast to remember all of an overlap",
                feed=self._settings.name,
                remembered=MOST_REMEMBERED,
                remedy="shorten `overlap`, or write larger objects",
            )

    def _told_lost(self) -> int:
        lost, self._lost = self._lost, 0
        return lost

    def _look_is_due(self) -> bool:
        now = self._clock.now()
        if self._looked is not None and 0 <= now - self._looked < self._settings.every.seconds:
            return False
        self._looked = now
        return True

    def _look(self) -> list[FoundObject]:
        """Return the objects that are to be read, in their order: that one first that is begun."""
        with explaining(self._settings.url):
            found = sorted(one for one in self._listed() if self._position.is_new(one.identity, one.modified))
        place = self._position.place
        if place is not None:
            begun = [one for one in found if one.identity == place.identity]
            if not begun:
                _log.warning("an object was removed or written anew while it was read", object=place.key)
                self._position.place = None
                self._lost += 1  # nobody knows how many rows it still held
            found = begun + [one for one in found if one.identity != place.identity]
        return found

    def _listed(self) -> Iterator[FoundObject]:
        for some in obstore.list(self._store, chunk_size=1000):
            for one in some:
                name = one["path"]
                if one["size"] and self._matches.match(name) and not _HIDDEN.search(name):
                    yield FoundObject(one["last_modified"].timestamp(), name, one["e_tag"] or "", one["size"])
