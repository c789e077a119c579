"""What dominates a second of the processor: the functions that take most of it on the way of a batch."""

import cProfile
import pstats
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.pipeline.setting import BEGIN, batches, monitoring, write_events
from ml_exporter.clock import ManualClock
from ml_exporter.ledger import SegmentedLedger
from ml_exporter.pipeline import Engine

PAIRS = 400_000

_ROOMS = {
    "feeds/decoding": "decoding lines into valid columns",
    "feeds/file": "reading files and cutting lines",
    "ledger": "deduplicating and joining",
    "tallies": "folding",
    "pipeline": "the rest of taking a batch in",
    "events": "the rest of taking a batch in",
}


def measure() -> dict[str, float]:
    """Return the share of the time that each room takes; what it calls in libraries is its own."""
    configured, clock = monitoring(), ManualClock(2 * BEGIN)
    profile = cProfile.Profile()
    with TemporaryDirectory(prefix="profile-benchmark-") as name:
        folder = Path(name)
        write_events(folder, 0, PAIRS)
        ledger = SegmentedLedger(folder / "data")
        engine = Engine(configured, ledger)
        for feed in ("predictions", "labels"):
            profile.enable()
            for batch in batches(configured, feed, folder, clock):
                engine.process(batch, clock.now())
            profile.disable()
        ledger.close()
    return _shares(pstats.Stats(profile))


def _shares(stats: pstats.Stats) -> dict[str, float]:
    """Add up by room: own time of its functions, and of what is no function of ours by who calls it."""
    taken: Counter[str] = Counter()
    timed = stats.stats  # type: ignore[attr-defined]
    for function, (_, _, own, _, callers) in timed.items():
        room = _room(function)
        if room is not None:
            taken[room] += own
            continue
        for caller, (_, _, own_by_caller, _) in callers.items():
            label = "SQLite's log" if "sqlite3" in function[2] else _room_above(caller, timed)
            taken[label] += own_by_caller
    total = sum(taken.values())
    return {room: seconds / total for room, seconds in taken.most_common()}


def _room(function: tuple[str, int, str]) -> str | None:
    path = function[0].partition("/ml_exporter/")[2]
    return next((title for start, title in _ROOMS.items() if path.startswith(start)), None)


def _room_above(function: tuple[str, int, str], timed: dict[tuple[str, int, str], tuple]) -> str:
    """Return the room that a function belongs to: its own, or that of who calls it most."""
    seen = set()
    while function not in seen:
        seen.add(function)
        room = _room(function)
        if room is not None:
            return room
        callers = timed[function][4] if function in timed else {}
        if not callers:
            break
        function = max(callers, key=lambda caller: callers[caller][3])
    return "the rest of taking a batch in"
