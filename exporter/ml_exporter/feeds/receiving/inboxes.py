"""All inboxes, by the paths that requests are sent to."""

import threading
from collections.abc import Iterable, Mapping

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.receiving.inbox import Inbox
from ml_exporter.feeds.receiving.settings import ReceivingSettings


class Inboxes:
    """Where the server leaves what is sent, and feeds find it. Safe for use by several threads."""

    def __init__(self, feeds: Iterable[FeedSettings] = ()) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Inbox] = {}
        self._paths: dict[str, ReceivingSettings] = {}
        self.expect(feeds)

    def expect(self, feeds: Iterable[FeedSettings]) -> None:
        """Know the paths that feeds will have: a request comes too early there, anywhere else it is lost."""
        paths = {feed.at: feed for feed in feeds if isinstance(feed, ReceivingSettings)}
        with self._lock:
            self._paths = paths

    @property
    def paths(self) -> Mapping[str, ReceivingSettings]:
        """Each path that has, or will have, an inbox, and the settings of its feed."""
        return self._paths

    def at(self, path: str) -> Inbox | None:
        """Return the inbox of a path, ``None`` where none is open."""
        return self._open.get(path)

    def all(self) -> list[Inbox]:
        """Return the inboxes that are open, by their paths."""
        with self._lock:
            return [self._open[path] for path in sorted(self._open)]

    def knows(self, path: str, token: bytes) -> bool:
        """Tell whether a token may send to a path."""
        inbox = self.at(path)
        return inbox is not None and inbox.tokens.rights(token) is not None

    def open(self, inbox: Inbox) -> None:
        """Let requests for an inbox come."""
        with self._lock:
            self._open[inbox.settings.at] = inbox

    def close(self, inbox: Inbox) -> None:
        """Let no more come, and answer those that have."""
        with self._lock:
            if self._open.get(inbox.settings.at) is inbox:
                del self._open[inbox.settings.at]
        inbox.close()
