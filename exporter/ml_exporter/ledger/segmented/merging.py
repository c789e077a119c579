"""Segments merged into one: fewer to search, and without the rows that are forgotten."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.ages import Ages
from ml_exporter.ledger.segmented.flags import BLOCK
from ml_exporter.ledger.segmented.lane import Owner
from ml_exporter.ledger.segmented.memory_run import nothing
from ml_exporter.ledger.segmented.packing import Chunks, Packed, pack
from ml_exporter.ledger.segmented.run import FORGOTTEN, Run
from ml_exporter.ledger.segmented.segment_format import SegmentSource
from ml_exporter.ledger.segmented.segment_run import SegmentRun
from ml_exporter.ledger.segmented.sizes import Sizes
from ml_exporter.ledger.segmented.sorted_index import SortedIndex
from ml_exporter.ledger.segmented.texts import TextTable

_MOSTLY_FORGOTTEN = 4
"""A segment is written anew when fewer than one in so many rows is remembered."""

_LONGEST = 1 << 32
"""The sequence numbers of a segment span less than this: offsets have 32 bits."""

_PIECE_ROWS = 1 << 20


@dataclass(frozen=True)
class Part:
    """What a merged segment takes of another."""

    run: SegmentRun
    kept: NDArray[np.intp] | None
    """Rows; None: all."""

    @property
    def rows(self) -> int:
        """How many rows it takes."""
        return self.run.rows if self.kept is None else len(self.kept)

    def flags(self, *, gone: bool) -> NDArray[np.uint8]:
        """Return the flags of the rows it takes; where the run is gone, all of them are forgotten."""
        if gone:
            return np.full(self.rows, FORGOTTEN, dtype=np.uint8)
        return self.run.flags[: self.run.rows] if self.kept is None else self.run.flags[self.kept]

    def pieces(self) -> Iterator[NDArray[np.intp] | slice]:
        """Return the rows piece by piece."""
        for start in range(0, self.rows, _PIECE_ROWS):
            end = min(start + _PIECE_ROWS, self.rows)
            yield slice(start, end) if self.kept is None else self.kept[start:end]


def choose(runs: Sequence[Run], sizes: Sizes) -> list[Part]:
    """Return neighbouring segments that should be merged, or one that should be written anew; none if all is well."""
    streak: list[SegmentRun] = []
    for run in runs:
        if not isinstance(run, SegmentRun):
            break
        small = run.rows <= sizes.merged_rows // sizes.merged_segments
        fits = not streak or run.end - streak[0].first < _LONGEST
        streak = [*streak, run] if small and fits else []
        if len(streak) == sizes.merged_segments and any(segment.remembered for segment in streak):
            return [_part(segment) for segment in streak]
    for run in runs:
        sparse = run.remembered * _MOSTLY_FORGOTTEN < run.rows
        if isinstance(run, SegmentRun) and sparse and run.remembered and run.rows >= min(BLOCK, sizes.run_rows):
            return [_part(run)]
    return []


def _part(run: SegmentRun) -> Part:
    if run.remembered == run.rows:
        return Part(run, None)
    return Part(run, np.flatnonzero(run.flags[: run.rows] != FORGOTTEN))


class GivenUp(Exception):
    """The store is closing: the merge is not wanted any more."""


def merge(parts: Sequence[Part], owner: Owner, stopping: Event) -> SegmentSource:
    """Return what one segment with the kept rows of several is written of.

    Args:
        parts: in the order of their rows; at least one row of them is kept.
        owner: returns the model of rows.
        stopping: once it is set, the merge is given up: reading of the source raises ``GivenUp``.
    """
    parts = [part for part in parts if part.rows]
    first, end = parts[0].run.first, parts[-1].run.end
    rows = sum(part.rows for part in parts)
    return SegmentSource(
        first=first,
        end=end,
        index=lambda: _index(parts),
        columns={name: partial(_column, parts, name, stopping) for name in parts[0].run.content.columns},
        kept=None if rows == end - first else lambda: _offsets(parts, first),
        texts=lambda: TextTable.concatenate([part.run.content.texts for part in parts]),
        ages=lambda: _ages(parts, owner),
    )


def _index(parts: Sequence[Part]) -> SortedIndex:
    new_rows: list[NDArray[np.int64] | int] = []
    done = 0
    for part in parts:
        if part.kept is None:
            new_rows.append(done)
        else:
            new = np.full(part.run.rows, -1, dtype=np.int64)
            new[part.kept] = np.arange(done, done + len(part.kept))
            new_rows.append(new)
        done += part.rows
    merged = SortedIndex.merge([part.run.content.index for part in parts], new_rows)
    for part in parts:
        part.run.content.release()
    return merged


def _offsets(parts: Sequence[Part], first: int) -> NDArray[np.uint32]:
    kept = (np.arange(part.run.rows) if part.kept is None else part.kept for part in parts)
    sequences = (part.run.sequences(rows) for part, rows in zip(parts, kept, strict=True))
    return np.concatenate([(own - first).astype(np.uint32) for own in sequences])


def _column(parts: Sequence[Part], name: str, stopping: Event) -> Iterator[Packed]:
    columns = [part.run.content.columns[name] for part in parts]
    for at in range(max(map(len, columns))):
        if stopping.is_set():
            raise GivenUp
        yield pack(Chunks(columns[0][0].kind, _pieces(parts, name, at)))
        for part in parts:
            part.run.content.release()


def _pieces(
    parts: Sequence[Part], name: str, at: int
) -> list[tuple[Packed | NDArray[np.int32], NDArray[np.intp] | slice]]:
    """Return a column of every part, cut into pieces; places of texts are moved to where the texts are now."""
    pieces: list[tuple[Packed | NDArray[np.int32], NDArray[np.intp] | slice]] = []
    texts_before = 0
    for part in parts:
        packed = part.run.content.columns[name]
        column = packed[at] if at < len(packed) else _absent(packed[0].kind)
        for rows in part.pieces():
            if name == "text":
                places = column.take(rows)
                moved = np.where(places < 0, places, places + texts_before).astype(np.int32)
                pieces.append((moved, slice(0, len(moved))))
            else:
                pieces.append((column, rows))
        texts_before += len(part.run.content.texts)
    return pieces


def _absent(kind: str) -> Packed:
    value = np.array([nothing(np.dtype(kind))], dtype=kind)
    base = int(value.view(np.uint64)[0]) if kind == "f8" else int(value[0])
    return Packed("constant", kind, base, 1, np.empty(0, dtype=np.uint8))


def _ages(parts: Sequence[Part], owner: Owner) -> Ages:
    ages = Ages.empty()
    done = 0
    for part in parts:
        for rows in part.pieces():
            own = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            ages.note(done, owner(part.run, own), part.run.column("time", own))
            done += len(own)
    return ages
