"""A request's events on their way: from the body to the commit of the last of them."""

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

TOLD = 100
"""So many rejections of a request are told one by one; all are counted."""

_LONGEST_DETAIL = 400


class Content(Protocol):
    """The events of a request, not decoded yet."""

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        ...

    @property
    def group(self) -> Hashable | None:
        """Contents of the same group may be decoded as one; ``None``: this one by itself."""
        ...

    def __len__(self) -> int:
        """Return the number of events."""
        ...


@dataclass(frozen=True)
class Refused:
    """An event that could not be used."""

    index: int
    """Which of the request's events, from 0."""

    reason: str
    detail: str
    """What is wrong and what to do, for a person."""


@dataclass(frozen=True)
class Receipt:
    """What became of a request's events. They are durable."""

    accepted: int
    duplicate: int
    """Known already, and ignored."""

    rejected: int
    rejections: Sequence[Refused]
    """The first of them, each with its reason."""


class Delivery:
    """The events of one request. Safe for use by the feed's thread and by the one that commits."""

    def __init__(self, content: Content, sender: str, answered: Callable[[Receipt | None], None]) -> None:
        """Take a request.

        Args:
            content: its events.
            sender: where it came from, for a person.
            answered: called with what became of it; with ``None`` where nobody knows, so that it is to be sent again.
                It must return at once, and fail never; what is said after the first time does not count.
        """
        self.content = content
        self.sender = sender
        self.taken = 0
        """How many events have been taken out of the inbox."""

        self.answer = answered
        self._lock = threading.Lock()
        self._accepted = self._duplicate = self._rejected = 0
        self._rejections: list[Refused] = []

    def note(self, accepted: int, duplicate: int, rejections: Sequence[Refused]) -> None:
        """Note what became of some of the events; answer with the last of them."""
        told = [Refused(one.index, one.reason, one.detail[:_LONGEST_DETAIL]) for one in rejections[:TOLD]]
        with self._lock:
            self._accepted += accepted
            self._duplicate += duplicate
            self._rejected += len(rejections)
            self._rejections += told[: TOLD - len(self._rejections)]
            whole = self._accepted + self._duplicate + self._rejected == len(self.content)
        if whole:
            self.answer(Receipt(self._accepted, self._duplicate, self._rejected, self._rejections))


@dataclass(frozen=True)
class Portion:
    """Some of a delivery's events, one behind the other."""

    delivery: Delivery
    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin
