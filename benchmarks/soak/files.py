"""The files that a feed reads: lines are appended, cut anywhere, and files are rotated and truncated."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.soak.world import BROKEN, Event


@dataclass
class FeedFiles:
    """The files of one feed; the one that grows has the feed's name."""

    folder: Path
    feed: str
    random: Random
    files: int = 0
    _rest: bytes = b""
    """Of the last line, to be written later."""

    @property
    def path(self) -> Path:
        """The file that grows."""
        return self.folder / f"{self.feed}.jsonl"

    def append(self, events: list[Event]) -> None:
        """Write events; the last line may be cut."""
        content = self._rest + b"".join(map(line, events))
        cut = self.random.randrange(max(0, len(content) - 100), len(content) + 1)
        self._write(content[:cut])
        self._rest = content[cut:]

    def finish(self) -> None:
        """Write the rest of the last line."""
        self._write(self._rest)
        self._rest = b""

    def rotate(self) -> None:
        """Give the file another name; the next event begins a new one.

        Files that an exporter has not seen yet it reads by name: names tell the order in which they were written.
        """
        self.finish()
        self.files += 1
        if self.path.exists():
            self.path.rename(self.folder / f"{self.feed}-{self.files:06}.jsonl")

    def truncate(self) -> None:
        """Begin the file anew, in its place. All of it must have been read."""
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(0)

    def _write(self, content: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(content)


def line(event: Event) -> bytes:
    """Return an event as a line."""
    return BROKEN + b"\n" if isinstance(event, bytes) else event.line
