"""Reading objects, one behind the other, into batches."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import structlog

from ml_exporter.feeds.decoding import Decoded
from ml_exporter.feeds.formats import Gathering, Readers, UnreadableFile, formats
from ml_exporter.feeds.interface import FeedContext, FeedError, Rejection
from ml_exporter.feeds.objects.fetched import ChangedObject, Fetched, fetch
from ml_exporter.feeds.objects.found import FoundObject
from ml_exporter.feeds.objects.place import Place
from ml_exporter.feeds.objects.settings import StoreSettings
from ml_exporter.feeds.objects.store import explaining
from ml_exporter.feeds.objects.with_columns import with_columns

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_log = structlog.get_logger(__name__)


class Progress(Protocol):
    """Knows which objects are to be read, and how far it is."""

    place: Place | None
    """The object that is being read; ``None``: none is begun."""

    def next(self) -> FoundObject | None:
        """Return the object that is to be read now: the one that is begun, or else the next one."""
        ...

    def finish(self, found: FoundObject) -> None:
        """Remember that an object is done with."""
        ...


@dataclass(frozen=True)
class Read:
    """What was read in one go."""

    decoded: Decoded
    rejections: tuple[Rejection, ...]
    bytes_read: int
    lost: int
    """Rows of objects that were removed before they were read; 1 for each where nobody knows how many it held."""


class ObjectReading:
    """Reads what a progress says, and moves it."""

    def __init__(self, store: "ObjectStore", settings: StoreSettings, context: FeedContext) -> None:
        """Prepare for one feed.

        Args:
            store: where its objects lie.
            settings: of the feed.
            context: what every feed needs.
        """
        self._store = store
        self._settings = settings
        self._readers = Readers(settings, context)
        self._lost = 0
        self._open: tuple[str, Fetched] | None = None
        """The identity of the object that was fetched last, and its copy."""

    def read(self, progress: Progress) -> Read | None:
        """Read rows of the next objects, as far as they fit into one batch; ``None``: nothing is to be read.

        Raises:
            FeedError: the store does not give an object; the progress stands where it stood.
        """
        gathering, rejections, moved = Gathering(), list[Rejection](), False
        while gathering.room:
            try:
                if (found := progress.next()) is None:
                    break
                goes_on = self._gather(found, progress, gathering, rejections)
            except FeedError:
                if not (moved or rejections):
                    raise
                break  # first comes what is there; the next call meets it again
            moved = True
            if not goes_on:
                break
        if not (moved or rejections):
            return None
        lost, self._lost = self._lost, 0
        return Read(gathering.decode(self._readers), tuple(rejections), gathering.bytes_read, lost)

    def nothing(self) -> Decoded:
        """Return what a batch without rows holds."""
        return Gathering().decode(self._readers)

    def close(self) -> None:
        """Let go of the copy."""
        if self._open is not None:
            self._readers.forget(self._open[0])
            self._open[1].close()
            self._open = None

    def _gather(
        self, found: FoundObject, progress: Progress, gathering: Gathering, rejections: list[Rejection]
    ) -> bool:
        """Read the next rows of an object.

        Returns:
            Whether those of objects behind it may be gathered, too.
        """
        url = f"{self._settings.url.rstrip('/')}/{found.key}"
        if found.size > self._settings.largest_object_bytes:
            detail = f"the object has {found.size:,} bytes; write smaller ones, or raise largest_object_bytes"
            rejections.append(Rejection("too_large", detail, url, ""))
            self._done(found, progress)
            return True
        try:
            fetched = self._fetched(found, url)
        except ChangedObject as error:
            _log.warning("an object was removed or written anew before it was read", object=url, removed=error.gone)
            read = 0 if progress.place is None else progress.place.offset
            self._lost += error.gone and max(1, (found.rows or 0) - read)
            self._done(found, progress)
            return True
        place = progress.place = progress.place or Place(found.identity, found.key)
        try:
            return self._rows(found, url, fetched, place, gathering, lambda: self._done(found, progress), rejections)
        except UnreadableFile as error:
            rejections.append(Rejection("malformed", f"the object {error}", url, ""))
            self._done(found, progress)
            return True

    def _rows(
        self,
        found: FoundObject,
        url: str,
        fetched: Fetched,
        place: Place,
        gathering: Gathering,
        done: Callable[[], None],
        rejections: list[Rejection],
    ) -> bool:
        fingerprint = formats()[fetched.format].fingerprint
        if fingerprint is not None:
            fingerprint(fetched.descriptor, fetched.size)  # raises where it is not whole
        reader = self._readers.reader(found.identity, fetched.format, fetched.path, fetched.head)
        like = reader.like(fetched.descriptor, fetched.size)
        if not gathering.takes(fetched.format, like):
            return False
        begun = place.taken
        piece = reader.read(fetched.descriptor, fetched.size, place, gathering.room)
        gathering.add(url, with_columns(piece, found.columns), fetched.format, like)
        gathering.bytes_read += max(0, place.taken - begun)
        if piece.exhausted:
            if place.taken < fetched.size and not fingerprint:
                detail = "the object ends within a row: a quote that is opened there is not closed; write it again"
                rejections.append(Rejection("malformed", detail, f"{url}:{place.offset}", ""))
            done()
        return True

    def _fetched(self, found: FoundObject, url: str) -> Fetched:
        if self._open is not None and self._open[0] == found.identity:
            return self._open[1]
        self.close()
        with explaining(url):
            fetched = fetch(self._store, found, self._settings.format)
        self._open = found.identity, fetched
        return fetched

    def _done(self, found: FoundObject, progress: Progress) -> None:
        self.close()
        progress.place = None
        progress.finish(found)


def decoded(read: Read) -> Decoded:
    """Return what was read, with what could not be read at all among its rejections."""
    return replace(read.decoded, rejections=(*read.rejections, *read.decoded.rejections))
