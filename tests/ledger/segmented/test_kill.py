"""``kill -9`` at each point of the way, in a process of its own; the next one goes on, and everything counts once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ml_exporter.ledger import Ledger, SqliteLedger
from ml_exporter.ledger.segmented import SegmentedLedger
from tests.builders import label_rows
from tests.ledger.contract.opened import pairs
from tests.ledger.segmented.killed import BATCHES, ROWS, SIZES, take

POINTS = [
    ("flush half-written", 3),
    ("flush written", 5),
    ("merge half-written", 0),
    ("merge written", 1),
    ("flags written", 1),
    ("before commit", 31),
    ("after commit", 32),
    ("after sweep", 2),
]


def told(ledger: Ledger) -> list[object]:
    """Return what a ledger that has taken everything knows."""
    known: list[object] = [dict(ledger.pending()), ledger.unmatched_labels(), ledger.read("counts")]
    with ledger.transaction():
        labels = [(f"{batch}-{row}", "1", 99.0) for batch in range(BATCHES) for row in range(ROWS)]
        joined = ledger.add_labels(label_rows(labels))
    return [*known, pairs(joined), joined.conflicts, int(joined.accepted.sum())]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Return what the plain ledger knows after the same batches."""
    ledger = SqliteLedger(tmp_path_factory.mktemp("plain"))
    for batch in range(BATCHES):
        take(ledger, batch)
    known = told(ledger)
    ledger.close()
    return known


def run(folder: Path, point: str, before: int) -> int:
    command = [sys.executable, "-m", "tests.ledger.segmented.killed", str(folder), point, str(before)]
    return subprocess.run(command, check=False, timeout=120, capture_output=True).returncode


@pytest.mark.parametrize(("point", "before"), POINTS)
def test_a_process_that_is_killed_on_the_way_loses_nothing_and_counts_nothing_twice(
    point: str, before: int, undisturbed: list[object], tmp_path: Path
) -> None:
    assert run(tmp_path, point, before) == -signal.SIGKILL
    assert run(tmp_path, point, before) in (0, -signal.SIGKILL)
    assert run(tmp_path, "nowhere", 0) == 0
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert told(ledger) == undisturbed
    known = {fact.file for lane in ledger._loaded().facts.lanes.values() for fact in lane.segments}
    assert {path.name for path in (tmp_path / "segments").iterdir()} >= known
    ledger.close()
