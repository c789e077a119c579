"""When rows move from memory into segments, and when segments are merged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The defaults were measured (see docs/store.md); tests make them small."""

    run_bytes: int = 64 << 20
    """A run in memory holds at most this much."""

    run_rows: int = 1 << 20
    """A run in memory holds at most this many rows, and a segment begins with as many."""

    run_batches: int = 4096
    """A run in memory holds at most this many batches: each is read again after a restart."""

    merged_segments: int = 8
    """So many small neighbours are merged; small is a segment that this many times would not be too large."""

    merged_rows: int = 1 << 23
    """A merged segment holds at most this many rows."""

    kept_changes: int = 1 << 21
    """After so many changes of flags, or so many batches of them, blocks of flags are written instead."""

    waiting_runs: int = 3
    """So many full runs may wait to become segments; then batches are refused until one has."""

    def capacity(self, row_bytes: int) -> int:
        """Return how many rows a run in memory has room for."""
        fitting = self.run_bytes // max(1, row_bytes)
        return max(1, min(self.run_rows, 1 << max(0, fitting.bit_length() - 1)))
