"""``python -m benchmarks.soak --minutes 5``: exit code 1 where the counts are not those of a plain loop."""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.soak.course import Report, Soak


def main() -> int:
    """Run a soak, and say what happened."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long exporters live and die")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is random")
    parser.add_argument("--events", type=int, default=1000, help="predictions in a step, ten steps a second")
    parser.add_argument("--longest-life", type=float, default=6.0, help="seconds from when it serves metrics")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    end = time.monotonic() + 60 * arguments.minutes
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(Path(folder), arguments.seed, arguments.events)
        report = soak.run(lambda _: time.monotonic() < end, arguments.longest_life, 10.0)
    show(report)
    return 1 if report.wrong else 0


def show(report: Report) -> None:
    """Print a report."""
    ready = report.ready_seconds
    print(f"{report.lives} lives, {report.rotations} rotations, {report.truncations} truncations")
    print(f"{report.events:,} events, {report.segments} segments in the end")
    print(f"metrics served after {statistics.median(ready):.1f} s, {max(ready):.1f} s at most")
    print(f"peak memory {report.peak_memory / 1e6:.0f} MB")
    for sample, (said, expected) in report.wrong.items():
        print(f"WRONG: {sample} is {said}, should be {expected}")
    print("counts differ" if report.wrong else "counts are equal")


if __name__ == "__main__":
    sys.exit(main())
