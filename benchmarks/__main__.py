"""One command: every part is measured, each time in a process of its own; docs/performance.md gets the tables.

Medians of some runs. What was measured is kept in a file: parts can be measured one by one, the large ones at night.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.pipeline import tables

PAGE = pages.DOCS / "performance.md"

RUNS: dict[str, int] = {
    "decoding": 3,
    "folding": 3,
    "river": 3,
    "naive": 3,
    "whole 0": 3,
    "whole 1000000": 3,
    "whole 10000000": 1,
    "whole 50000000": 1,
    "whole with features 0": 3,
    "backlog 10": 3,
    "restart": 3,
    "scrapes 13": 1,
    "scrapes 130": 1,
    "profile": 1,
}
"""What is measured, and how many times."""

Results = dict[str, list[Any]]


def run(name: str) -> Any:
    """Measure a part."""
    part, _, argument = name.rpartition(" ") if name[-1].isdigit() else (name, "", "")
    command = [sys.executable, "-m", "benchmarks.pipeline.measure", part, *([argument] if argument else [])]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    return json.loads(ended.stdout)


def main() -> None:
    """Measure what was asked for, or all that is not measured yet, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*RUNS, []], help="what to measure; nothing: everything")
    parser.add_argument("--results", type=Path, default=Path(".cache/benchmarks.json"), help="where results are kept")
    parser.add_argument("--runs", type=int, help="how many times, instead of what is usual")
    arguments = parser.parse_args()
    results: Results = json.loads(arguments.results.read_text()) if arguments.results.exists() else {}
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    for name in arguments.parts or [name for name in RUNS if name not in results]:
        for _ in range(arguments.runs or RUNS[name]):
            began = time.perf_counter()
            results.setdefault(name, []).append(run(name))
            arguments.results.write_text(json.dumps(results))
            print(f"{name}: {results[name][-1]} ({time.perf_counter() - began:.0f} s)", flush=True)
    for place, table in tables.all_tables(results).items():
        print(f"\n{table}\n", flush=True)
        pages.put(PAGE, place, table)


if __name__ == "__main__":
    main()
