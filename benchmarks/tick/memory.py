"""What a series takes in memory: ``python -m benchmarks.tick.memory SLICES``, a process for each number of slices."""

import gc
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.tick.world import VERSIONS, World
from ml_exporter.snapshot.lines import FamilyLines


def measure(slices: int) -> dict[str, float]:
    """Return series, and bytes by what takes them, after a tick."""
    with tempfile.TemporaryDirectory(prefix="tick-benchmark-") as folder:
        world = World(Path(folder) / "store", slices)
        world.next_tick()
        snapshot = world.next_tick()
        gc.collect()
        engine: Any = world.engine
        sums = [each.whole for each in engine._buckets._sums.values()]
        pieces = {id(piece): piece for text in (snapshot.text, snapshot.openmetrics) for piece in text.pieces}
        found: dict[str, float] = {
            "series": VERSIONS * (slices + 1),
            "time_series": len(snapshot.text.text.splitlines()),
            "tallies": sum(each.cells.nbytes + each.values.nbytes for each in sums),
            "lines": _lines(engine._renderer._lines.values()),
            "texts": sum(len(piece.text) + len(piece.deflated) for piece in pieces.values()),
            "resident": _resident(),
        }
        world.close()
    return found


def _resident() -> int:
    """Return what the process has in memory of its own, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0]) * 1024


def _lines(families: Iterable[FamilyLines]) -> int:
    return sum(sum(map(sys.getsizeof, lines._of_columns)) + 8 * len(lines._of_columns) for lines in families)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
