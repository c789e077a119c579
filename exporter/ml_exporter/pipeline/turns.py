"""The readers of all feeds: a batch of each in its turn, so that none with a backlog keeps the others waiting."""

import time
from collections import deque
from collections.abc import Collection, Mapping

from ml_exporter.feeds import Batch, FeedReader
from ml_exporter.pipeline.status import FeedStatus


class Turns:
    """Takes batches from readers in turn, and knows the state of each."""

    def __init__(self, readers: Mapping[str, FeedReader]) -> None:
        self._readers = dict(readers)
        self._order = deque(self._readers)
        self._at_hand: str | None = None

    @property
    def readers(self) -> Mapping[str, FeedReader]:
        """The readers, by the names of their feeds."""
        return self._readers

    def take(self) -> Batch | None:
        """Return the next batch of the feed whose turn it is, or of the next one that has any; ``None``: none has.

        Its feed counts as behind until ``done`` is called.
        """
        for _ in range(len(self._order)):
            name = self._order[0]
            self._order.rotate(-1)
            batch = self._readers[name].take()
            if batch is not None:
                self._at_hand = name
                return batch
        return None

    def done(self) -> None:
        """Note that the batch at hand has been taken in."""
        self._at_hand = None

    def statuses(self) -> dict[str, FeedStatus]:
        """Return the state of every reader."""
        return {
            name: FeedStatus(
                behind=reader.behind or name == self._at_hand,
                failing=reader.last_error is not None,
                errors=reader.errors,
            )
            for name, reader in self._readers.items()
        }

    def stop(self, timeout: float) -> None:
        """Stop all readers; sources that hang are left behind after ``timeout`` seconds."""
        stop_all(self._readers.values(), timeout)


def stop_all(readers: Collection[FeedReader], timeout: float) -> None:
    """Stop readers; sources that hang are left behind after ``timeout`` seconds for all together."""
    for reader in readers:
        reader.stop(timeout=0)
    deadline = time.monotonic() + timeout
    for reader in readers:
        reader.stop(timeout=max(0.0, deadline - time.monotonic()))
