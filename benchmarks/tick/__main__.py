"""One command: what a tick over 1,000 series costs by stage, beside others, and what a series takes in memory."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks import pages
from benchmarks.tick.contenders import PlainExporter, client_library
from benchmarks.tick.stages import NAMES, Stages
from benchmarks.tick.world import WINDOWS, World
from ml_exporter.snapshot.families import fill_all

PAGE = pages.DOCS / "tick.md"
TICKS, LIBRARY_RUNS = 12, 3
SLICES = 100
"""Of each of ten versions: 1,010 series."""

FEW_SLICES = 10


def ticks(slices: int) -> str:
    """Measure ticks, and the others in the same process; return a table."""
    with tempfile.TemporaryDirectory(prefix="tick-benchmark-") as folder:
        world = World(Path(folder) / "store", slices)
        world.next_tick()
        ours: list[Mapping[str, float]] = []
        theirs: list[tuple[float, float]] = []
        for _ in range(TICKS):
            world.take_in_more()
            stages = Stages()
            with stages.watched():
                snapshot = world.tick(world.at)
            ours.append(stages.seconds)
            if len(theirs) < LIBRARY_RUNS:
                theirs.append(client_library(fill_all(snapshot.observation)))
        lines = snapshot.text.text.count(b"\n")
        size = sum(len(piece.deflated) for piece in snapshot.text.pieces)
        print(f"{lines:,} lines, {len(snapshot.text.text) / 1e6:.1f} MB, compressed {size / 1e6:.1f} MB", flush=True)
        plain, computed = PlainExporter(world).scrape()
        world.close()
    return _table(ours, theirs, plain / computed * (slices + 1) * 10 * len(WINDOWS))


def _table(ours: list[Mapping[str, float]], theirs: list[tuple[float, float]], plain: float) -> str:
    medians = {name: statistics.median(each.get(name, 0.0) for each in ours) * 1e3 for name in NAMES}
    largest = {name: max(each.get(name, 0.0) for each in ours) * 1e3 for name in NAMES}
    totals = [sum(each.values()) * 1e3 for each in ours]
    rendered, compressed = (statistics.median(each[place] for each in theirs) * 1e3 for place in (0, 1))
    total = statistics.median(totals)
    rows: list[tuple[str, float, float | None, str]] = [(name, medians[name], largest[name], "") for name in NAMES]
    rows += [
        ("**the whole tick**", total, max(totals), ""),
        ("prometheus_client renders the same families", rendered, None, f"{rendered / medians['rendering']:.0f}x ours"),
        ("and its server's gzip", compressed, None, f"{compressed / medians['compression']:.0f}x ours"),
        ("a plain exporter's eight metrics", plain * 1e3, None, f"{plain * 1e3 / total:.0f}x the whole tick"),
    ]
    lines = ["| | median ms | largest ms | |", "| --- | ---: | ---: | --- |"]
    for name, each, most, note in rows:
        lines.append(f"| {name} | {each:,.1f} | {'' if most is None else f'{most:,.1f}'} | {note} |")
    return "\n".join(lines)


def memory() -> str:
    """Measure what a series takes: the difference that 900 series more make, over the same outcomes."""
    few, many = _memory(FEW_SLICES), _memory(SLICES)
    series = many["series"] - few["series"]
    names = {
        "tallies": "tallies in all buckets of seven days",
        "lines": "beginnings of lines, kept from tick to tick",
        "texts": "the exposition, plain and compressed, both formats",
        "resident": "resident memory between two ticks, all in all",
    }
    lines = ["| | KB a series |", "| --- | ---: |"]
    lines += [f"| {title} | {(many[name] - few[name]) / series / 1e3:.1f} |" for name, title in names.items()]
    return "\n".join(lines)


def _memory(slices: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.tick.memory", str(slices)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    print(found, flush=True)
    return found


def main() -> None:
    """Run what was asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tick", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["ticks", "memory", []], help="what to run; nothing: everything")
    parts = parser.parse_args().parts or ["ticks", "memory"]
    if "ticks" in parts:
        show("ticks", ticks(SLICES))
    if "memory" in parts:
        show("memory", memory())


def show(name: str, text: str) -> None:
    """Print a table and put it into the page."""
    print(f"\n{text}\n", flush=True)
    pages.put(PAGE, name, text)


if __name__ == "__main__":
    main()
