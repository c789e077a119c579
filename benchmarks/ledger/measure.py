"""Measures one contender at one size: ``python -m benchmarks.ledger.measure NAME PENDING FOLDER``, a process for each.

What makes the events is not counted. Seconds are of the processor, over all threads, but where it says wall.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ledger import events
from benchmarks.ledger.contenders import CONTENDERS, Contender

WINDOW = 1 << 20
"""So many rows are inserted into the full store: as many as one flush of the segments takes."""

LABELS = 500_000


def measure(name: str, pending: int, folder: Path) -> dict[str, Any]:
    """Return what a contender costs with so many predictions pending: nanoseconds a row, seconds, bytes."""
    opened = CONTENDERS[name]
    empty = _memory()
    contender = opened(folder)
    found: dict[str, Any] = {"name": name, "pending": pending}
    fill = _each(contender.insert, events.prediction_batches(0, pending), contender, pending)
    found["fill_ns"] = fill
    found["memory"] = {key: value - empty[key] for key, value in _memory().items()}
    found["disk_bytes_a_row"] = _disk(folder) / pending
    found["insert_ns"] = _each(contender.insert, events.prediction_batches(pending, WINDOW), contender, WINDOW)
    random = np.random.default_rng(1)
    shuffled = random.permutation(pending - pending // 10)[: 2 * LABELS] + pending // 10
    found["match_random_ns"] = _each(contender.match, events.label_batches(shuffled[:LABELS]), contender, LABELS)
    recent = np.arange(pending, pending + LABELS)
    found["match_in_order_ns"] = _each(contender.match, events.label_batches(recent), contender, LABELS)
    found["peak_memory"] = _peak() - empty["all"]
    found["open_after_kill_s"], contender = _reopened(contender, opened, folder, orderly=False)
    found["open_after_stop_s"], contender = _reopened(contender, opened, folder, orderly=True)
    oldest = float(events.times(np.array([pending // 10]))[0])
    began = time.process_time()
    expired = contender.expire(oldest)
    found["expire_s"] = time.process_time() - began
    assert expired == pending // 10, (expired, pending // 10)
    again = events.prediction_batches(pending, events.BATCH)
    assert sum(map(contender.insert, again)) == 0, "predictions are forgotten"
    contender.close(orderly=True)
    return found


def _each(work: Callable[[Any], int], batches: Iterable[Any], contender: Contender, rows: int) -> float:
    """Return the nanoseconds of the processor that a row takes, what happens in the background included."""
    made = _Made(iter(batches))
    began = time.process_time()
    done = sum(map(work, made))
    contender.settle()
    assert done == rows, (done, rows)
    return (time.process_time() - began - made.seconds) / rows * 1e9


class _Made(Iterator[Any]):
    """Batches, and the seconds of this thread that it took to make them."""

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self.seconds = 0.0

    def __next__(self) -> Any:
        began = time.thread_time()
        try:
            return next(self._batches)
        finally:
            self.seconds += time.thread_time() - began


def _reopened(
    contender: Contender, opened: Callable[[Path], Contender], folder: Path, *, orderly: bool
) -> tuple[float, Contender]:
    """Return the wall seconds that opening takes."""
    contender.close(orderly=orderly)
    began = time.perf_counter()
    contender = opened(folder)
    return time.perf_counter() - began, contender


def _memory() -> dict[str, int]:
    """Return what the process holds in memory, in bytes: its own, and pages of mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    values = dict(line.split(":", 1) for line in lines)
    own, mapped = (int(values[name].split()[0]) * 1024 for name in ("RssAnon", "RssFile"))
    return {"all": own + mapped, "own": own, "mapped": mapped}


def _peak() -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(":", 1) for line in lines)["VmHWM"].split()[0]) * 1024


def _disk(folder: Path) -> int:
    return sum(Path(path, name).stat().st_size for path, _, names in os.walk(folder) for name in names)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
