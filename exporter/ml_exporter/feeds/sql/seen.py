"""What the last look has read of the overlap: it is not read as new events a second time."""

from collections.abc import Sequence

from ml_exporter.feeds.sql.keys import Key

MOST_KEYS = 1_000_000
"""Of more, rows of an overlap come again, and the ledger tells that they are known."""


class Seen:
    """Keys of one look, as the next one needs them. After a restart it is empty."""

    def __init__(self) -> None:
        self._before: set[Key] = set()
        self._now: set[Key] = set()

    def new_among(self, keys: Sequence[Key]) -> list[int]:
        """Return the places of the keys that were not seen before."""
        if len(self._now) > MOST_KEYS:
            self._now.clear()  # the newest are those that come again
        self._now.update(keys)
        return [place for place, key in enumerate(keys) if key not in self._before]

    def end_look(self) -> None:
        """Take what was seen for what was before."""
        self._before, self._now = self._now, set()
