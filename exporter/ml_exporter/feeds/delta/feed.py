"""The feed itself: the files of one version after the other."""

from collections import deque

from ml_exporter.feeds.delta.position import DeltaPosition, decode, encode
from ml_exporter.feeds.delta.settings import DeltaFeedSettings
from ml_exporter.feeds.delta.table import DeltaLog
from ml_exporter.feeds.interface import Batch, FeedContext
from ml_exporter.feeds.objects.found import FoundObject
from ml_exporter.feeds.objects.place import Place
from ml_exporter.feeds.objects.reading import ObjectReading, decoded


class DeltaFeed:
    """Reads what the versions of a table add; see ``Feed``. It is its own ``Progress``."""

    def __init__(self, settings: DeltaFeedSettings, context: FeedContext, position: bytes | None) -> None:
        """Open; nothing is asked yet.

        Raises:
            FeedError: the position is none of a table, or an option is none of the store's.
        """
        self._settings = settings
        self._clock = context.clock
        self._position: DeltaPosition = decode(position)
        self._log = DeltaLog(settings)
        self._reading = ObjectReading(self._log.store, settings, context)
        self._queue: deque[FoundObject] = deque()
        """The files of the version that are left."""

        self._known = False
        """Whether the queue is what the position says."""

        self._versions: deque[int] = deque()
        """Those that follow."""

        self._looked: float | None = None
        self._moved = False
        """Whether the position has moved without a row."""

    def read(self) -> Batch | None:
        """Return the next batch: rows of the version that is being read, and of those behind it.

        Raises:
            FeedError: the table cannot be read; the message says what to do.
        """
        if not self._known:
            self._begin()
        while not self._queue and self._next_version():
            pass
        read = self._reading.read(self)
        if read is None and not self._moved:
            return None
        self._moved = False
        found = None if read is None else decoded(read)
        found = found or self._reading.nothing()
        return Batch(
            feed=self._settings.name,
            events=found.events,
            rejections=found.rejections,
            position=encode(self._position),
            behind=bool(self._queue or self._versions),
            newest=found.newest,
            lost=0 if read is None else read.lost,
            bytes_read=0 if read is None else read.bytes_read,
            bytes_left=max(0, sum(one.size for one in self._queue) - (self.place.taken if self.place else 0)),
        )

    def close(self) -> None:
        """Let go of the file that was fetched."""
        self._reading.close()

    @property
    def place(self) -> Place | None:
        """The file that is being read; see ``Progress``."""
        return self._position.place

    @place.setter
    def place(self, place: Place | None) -> None:
        self._position.place = place

    def next(self) -> FoundObject | None:
        """Return the file that is to be read now; see ``Progress``."""
        while not self._queue and self._versions:
            self._next_version()
        return self._queue[0] if self._queue else None

    def finish(self, found: FoundObject) -> None:  # noqa: ARG002 - files are read in their order
        """Remember that a file is done with; see ``Progress``."""
        self._queue.popleft()
        self._position.files += 1

    def _begin(self) -> None:
        """Find the files of the version in which the position stands."""
        position = self._position
        if position.version < 0:
            position.version, self._moved = self._log.newest(), True
            if self._settings.start == "latest":
                position.files = len(self._log.files_of(position.version))
        files = self._log.files_of(position.version) if position.whole else self._log.added_by(position.version)
        self._queue = deque(files[position.files :])
        self._known = True

    def _next_version(self) -> bool:
        """Go on to the next version, where there is one; a look for it is taken when it is due."""
        if not self._versions and self._look_is_due():
            self._versions = deque(self._log.versions_after(self._position.version))
        if not self._versions:
            return False
        files = self._log.added_by(self._versions[0])
        self._position.version = self._versions.popleft()
        self._position.whole, self._position.files, self._moved = False, 0, True
        self._queue = deque(files)
        return True

    def _look_is_due(self) -> bool:
        now = self._clock.now()
        if self._looked is not None and 0 <= now - self._looked < self._settings.every.seconds:
            return False
        self._looked = now
        return True
