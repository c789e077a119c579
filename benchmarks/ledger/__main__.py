"""One command: every ledger at every size, each in a process of its own; docs/store.md gets the tables."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.ledger import widths
from benchmarks.ledger.contenders import CONTENDERS, TITLES

PAGE = pages.DOCS / "store.md"
SIZES = (1_000_000, 10_000_000)
LARGEST = 50_000_000
"""Measured for our own ledger only."""

RUNS = {"segments": 3, "rocksdb": 3, "sqlite": 1}

_ROWS = (
    ("insert and dedupe, ns", "insert_ns", "{:,.0f}"),
    ("match labels, random order, ns", "match_random_ns", "{:,.0f}"),
    ("match labels, recent first, ns", "match_in_order_ns", "{:,.0f}"),
    ("expire the oldest 10 %, s", "expire_s", "{:.2f}"),
    ("open after `kill -9`, wall s", "open_after_kill_s", "{:.2f}"),
    ("open after SIGTERM, wall s", "open_after_stop_s", "{:.2f}"),
    ("memory once filled, MB", "memory_mb", "{:,.0f}"),
    ("peak memory of all of it, MB", "peak_mb", "{:,.0f}"),
    ("disk, bytes a pending row", "disk_bytes_a_row", "{:.0f}"),
)


def run(name: str, pending: int, runs: int) -> dict[str, float]:
    """Return the medians of some runs of one contender."""
    found = [_once(name, pending) for _ in range(runs)]
    medians = {key: statistics.median(one[key] for one in found) for key in found[0]}
    print(f"{name} at {pending:,}: {medians}", flush=True)
    return medians


def _once(name: str, pending: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="ledger-benchmark-") as folder:
        command = [sys.executable, "-m", "benchmarks.ledger.measure", name, str(pending), str(Path(folder) / "store")]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    measured: dict[str, Any] = json.loads(ended.stdout)
    measured["memory_mb"] = measured.pop("memory")["all"] / 1e6
    measured["peak_mb"] = measured.pop("peak_memory") / 1e6
    del measured["name"]
    return measured


def table(found: dict[tuple[str, int], dict[str, float]], sizes: Sequence[int]) -> str:
    """Return the costs, and at the largest shared size how many times ours the others are."""
    columns = [(name, size) for size in sizes for name in CONTENDERS if (name, size) in found]
    titles = [f"{TITLES[name]}, {size // 10**6} M" for name, size in columns]
    lines = ["| | " + " | ".join(titles) + " |", "| --- |" + " ---: |" * len(columns)]
    for title, key, form in _ROWS:
        cells = []
        for name, size in columns:
            value, ours = found[name, size][key], found["segments", size][key]
            times = f" ({value / ours:.1f}x)" if name != "segments" and key.endswith("_ns") else ""
            cells.append(form.format(value) + times)
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run what was asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["costs", "widths", []], help="what to run; nothing: everything")
    parser.add_argument("--pending", type=int, nargs="*", default=SIZES, help="how many predictions are pending")
    arguments = parser.parse_args()
    if not arguments.parts or "widths" in arguments.parts:
        show("widths", widths.table())
    if not arguments.parts or "costs" in arguments.parts:
        found = {(name, size): run(name, size, RUNS[name]) for size in arguments.pending for name in CONTENDERS}
        found["segments", LARGEST] = run("segments", LARGEST, 1)
        show("costs", table(found, [*arguments.pending, LARGEST]))


def show(name: str, text: str) -> None:
    """Print a table and put it into the page."""
    print(f"\n{text}\n", flush=True)
    pages.put(PAGE, name, text)


if __name__ == "__main__":
    main()
