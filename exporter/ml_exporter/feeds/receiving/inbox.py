"""An inbox: what was sent to one feed and is not durable yet, of bounded length."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ml_exporter.feeds.receiving.body import Body
from ml_exporter.feeds.receiving.delivery import Content, Delivery, Portion, Receipt
from ml_exporter.feeds.receiving.rights import Rights
from ml_exporter.feeds.receiving.settings import ReceivingSettings
from ml_exporter.feeds.receiving.tokens import Tokens

Understand = Callable[[Body, Rights], Content]
"""From a body, and what its sender may write, to its events.

Raises:
    BadBody: it cannot be read as a whole.
    TooLarge: it has too many events.
    UnsupportedBody: its media type is not read here.
"""


class Full(Exception):
    """There is no room; it may be tried again in a moment."""


class Closed(Exception):
    """The feed is not open; it may be tried again in a moment."""


@dataclass(frozen=True)
class Limits:
    """What an inbox bears."""

    requests: int
    bytes: int


class Inbox:
    """What waits for one feed. Safe for use by several threads."""

    def __init__(self, settings: ReceivingSettings, tokens: Tokens, understand: Understand) -> None:
        """Open it.

        Args:
            settings: of the feed.
            tokens: who may send.
            understand: reads bodies.
        """
        self.settings = settings
        self.tokens = tokens
        self.understand = understand
        self.limits = Limits(settings.max_queued_requests, settings.max_queued_bytes)
        self.acknowledged = 0
        """Requests whose senders were told that what they sent is kept."""

        self._changed = threading.Condition()
        self._waiting: deque[Delivery] = deque()
        self._unanswered: set[Delivery] = set()
        self._requests = self._bytes = 0
        self._closed = False

    @property
    def requests(self) -> int:
        """Requests that are being read, or wait to be durable."""
        return self._requests

    @property
    def bytes(self) -> int:
        """Bytes that these take."""
        return self._bytes

    def admit(self) -> "Place":
        """Let a request in.

        Raises:
            Full: there are too many.
            Closed: the feed is not open.
        """
        with self._changed:
            if self._closed:
                raise Closed
            if self._requests >= self.limits.requests:
                raise Full
            self._requests += 1
        return Place(self)

    def take(self, rows: int, size: int, patience: float) -> list[Portion]:
        """Take events out, of as many requests as may be decoded together.

        Args:
            rows: so many at most.
            size: bytes that they should not exceed by much.
            patience: seconds to wait where there are none.

        Returns:
            The events, in the order in which they came; none: there were none in that time.
        """
        portions: list[Portion] = []
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout=patience)
            while self._waiting and rows > 0 and size > 0:
                delivery = self._waiting[0]
                content = delivery.content
                if portions and (content.group is None or content.group != portions[0].delivery.content.group):
                    break
                fitting = max(1, size * len(content) // max(1, content.size))
                end = min(len(content), delivery.taken + min(rows, fitting))
                portions.append(Portion(delivery, delivery.taken, end))
                rows -= end - delivery.taken
                size -= content.size * (end - delivery.taken) // len(content)
                delivery.taken = end
                if end == len(content):
                    self._waiting.popleft()
                if content.group is None:
                    break
        return portions

    def close(self) -> None:
        """Let nobody in any more, and answer whom nobody else will."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            unanswered = tuple(self._unanswered)
            self._changed.notify_all()
        for delivery in unanswered:
            delivery.answer(None)

    def charge(self, size: int) -> None:
        """Count bytes more, or less.

        Raises:
            Full: there are too many.
        """
        with self._changed:
            if size > 0 and self._bytes + size > self.limits.bytes:
                raise Full
            self._bytes += size

    def leave(self, size: int) -> None:
        """Let a request go that takes so many bytes."""
        with self._changed:
            self._requests -= 1
            self._bytes -= size

    def put(self, delivery: Delivery) -> None:
        """Leave a delivery for the feed.

        Raises:
            Closed: the feed is not open any more.
        """
        with self._changed:
            if self._closed:
                raise Closed
            self._waiting.append(delivery)
            self._unanswered.add(delivery)
            self._changed.notify_all()

    def answered(self, delivery: Delivery, receipt: Receipt | None) -> bool:
        """Count an answer; return whether it is the first."""
        with self._changed:
            if delivery not in self._unanswered:
                return False
            self._unanswered.remove(delivery)
            self.acknowledged += receipt is not None
        return True


class Place:
    """The place of one request, from its beginning until it is answered."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._size = 0
        self._left = False

    def hold(self, size: int) -> None:
        """Take so many bytes altogether.

        Raises:
            Full: there is no room for them.
        """
        self._inbox.charge(size - self._size)
        self._size = size

    def deliver(self, content: Content, sender: str, answered: Callable[[Receipt | None], None]) -> None:
        """Leave the request's events; the place is held until they are durable, or given up.

        Args:
            content: the events, at least one.
            sender: where they came from, for a person.
            answered: as of a ``Delivery``.

        Raises:
            Closed: the feed is not open any more.
        """

        def finished(receipt: Receipt | None) -> None:
            if self._inbox.answered(delivery, receipt):
                self.leave()
                answered(receipt)

        delivery = Delivery(content, sender, finished)
        self._inbox.put(delivery)

    def leave(self) -> None:
        """Make room, unless that has been done."""
        if not self._left:
            self._left = True
            self._inbox.leave(self._size)
