"""A lane as the store keeps it: segments, batches, and blocks of flags, put together again and written."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.facts import SegmentFact
from ml_exporter.ledger.segmented.flags import BLOCK
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.rows import from_bytes
from ml_exporter.ledger.segmented.run import FORGOTTEN, UNKNOWN, Run
from ml_exporter.ledger.segmented.segment_reading import SegmentContent, read_segment
from ml_exporter.ledger.segmented.segment_run import SegmentRun


def load_lane(
    lane: Lane, database: Database, folder: Path, changes: Iterable[tuple[NDArray[np.int64], int]], *, verify: bool
) -> None:
    """Fill a lane with what the store keeps of it.

    Args:
        lane: an empty one, with its facts.
        database: of the store.
        folder: of the segment files.
        changes: of its flags since the blocks were written: sequence numbers and flag.
        verify: whether to read every segment as a whole, to find damage.

    Raises:
        DamagedStore: something of it is damaged.
        ValueError: something of it is missing.
    """
    for fact in lane.facts.segments:
        lane.runs.append(_segment_run(fact, read_segment(folder / fact.file, fact.checksum, verify=verify)))
    expected = lane.facts.flushed
    for first, content in database.batches(lane.name):
        rows = from_bytes(content)
        if first != expected:
            raise ValueError(f"rows from {expected} to {first} of {lane.name} are missing")
        lane.restore(first, rows)
        expected += len(rows)
    if expected != lane.facts.next:
        raise ValueError(f"rows from {expected} to {lane.facts.next} of {lane.name} are missing")
    _restore_flags(lane, database)
    for sequences, flag in changes:
        set_flags(lane, sequences, np.broadcast_to(np.uint8(flag), sequences.shape))
    for run in lane.runs:
        run.remembered = int(np.count_nonzero(run.flags[: run.rows] != FORGOTTEN))


def _segment_run(fact: SegmentFact, content: SegmentContent) -> SegmentRun:
    flags = np.full(content.rows, UNKNOWN, dtype=np.uint8)
    return SegmentRun(fact.file, fact.checksum, content, flags, content.ages, content.ages.copy())


def _restore_flags(lane: Lane, database: Database) -> None:
    for block, content in database.flag_blocks(lane.name):
        first = block * BLOCK
        set_flags(lane, np.arange(first, first + len(content)), np.frombuffer(content, dtype=np.uint8))
    for run in lane.runs:
        if (run.flags[: run.rows] == UNKNOWN).any():
            raise ValueError(f"flags of {lane.name} from {run.first} to {run.end} are missing")


def set_flags(lane: Lane, sequences: NDArray[np.int64], flags: NDArray[np.uint8]) -> None:
    """Give rows flags by their sequence numbers; those that are no more are left out."""
    for run in lane.runs:
        own = (sequences >= run.first) & (sequences < run.end)
        if own.any():
            rows = run.rows_of(sequences[own])
            there = rows >= 0
            run.flags[rows[there]] = flags[own][there]


def write_flag_blocks(lane: Lane, database: Database, blocks: Iterable[int]) -> None:
    """Write blocks of flags as they are now; forget those that no run has rows in."""
    for block in blocks:
        first, end = block * BLOCK, min((block + 1) * BLOCK, lane.facts.next)
        overlapping = [run for run in lane.runs if run.first < end and first < run.end]
        if overlapping:
            database.write_flag_block(lane.name, block, _block_content(overlapping, first, end))
        else:
            database.delete_flag_block(lane.name, block)


def _block_content(runs: list[Run], first: int, end: int) -> bytes:
    content = np.full(end - first, FORGOTTEN, dtype=np.uint8)
    for run in runs:
        rows = run.rows_between(first, end)
        content[run.sequences(rows) - first] = run.flags[rows]
    return content.tobytes()


def blocks_of(run: Run) -> range:
    """Return the blocks that a run has rows in."""
    return range(run.first // BLOCK, -(-run.end // BLOCK))
