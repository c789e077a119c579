"""The tables of docs/performance.md, from what was measured."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

Results = Mapping[str, Sequence[Any]]

_RIVER_ALONE = 0.09
"""Million rows with slices a second of the processor, on the machine of the first prototype with nothing else to do."""


def all_tables(results: Results) -> dict[str, str]:
    """Return every table whose parts have been measured, by its place in the page."""
    makers: dict[str, tuple[Sequence[str], Callable[[Results], str]]] = {
        "budgets": (("whole 1000000", "whole with features 0", "river", "restart"), _budgets),
        "decoding": (("decoding",), _decoding),
        "folding": (("folding",), _folding),
        "whole": (("whole 1000000", "river", "naive"), _whole),
        "process": (("backlog 10", "restart"), _process),
        "profile": (("profile",), _profile),
    }
    return {place: make(results) for place, (needed, make) in makers.items() if all(part in results for part in needed)}


def _medians(results: Results, part: str) -> dict[str, float]:
    runs = results[part]
    return {key: median(run[key] for run in runs) for key in runs[0]}


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _pairs_a_second(whole: Mapping[str, float]) -> float:
    """Million pairs of a prediction and its label a second of the processor."""
    return 1 / (whole["predictions"] + whole["labels"])


def _as_if_alone(whole: Mapping[str, float], river: Mapping[str, float]) -> float:
    """Return what a machine would do that has nothing else to do, by how river fares here and there."""
    return _pairs_a_second(whole) * _RIVER_ALONE / river["slices"]


def _pending(results: Results) -> list[tuple[int, dict[str, float]]]:
    sizes = [int(part.removeprefix("whole ")) for part in results if part.startswith("whole ") and part[6:].isdigit()]
    return [(size, _medians(results, f"whole {size}")) for size in sorted(sizes)]


def _budgets(results: Results) -> str:
    river = _medians(results, "river")
    whole = _pending(results)
    plain, features = dict(whole)[1_000_000], _medians(results, "whole with features 0")
    started = _medians(results, "restart")
    rows = [
        [
            "pairs joined, folded over 1,000 versions, durable, M a processor second",
            "0.5",
            f"{_pairs_a_second(plain):.2f}",
        ],
        ["the same with 8 features and their drift tallies", "0.25", f"{_pairs_a_second(features):.2f}"],
        [f"the same as if alone: river made {_RIVER_ALONE} M rows there", "0.5", f"{_as_if_alone(plain, river):.2f}"],
        ["times river with slices, in the same run", "3", f"{_pairs_a_second(plain) / river['slices']:.1f}"],
        *_growth(whole),
        ["start to metrics: after SIGTERM, processor s", "0.5", f"{started['after SIGTERM']:.1f}"],
        [
            "start to metrics: after kill -9 with 1 M rows in the log, processor s",
            "2",
            f"{started['after kill -9']:.1f}",
        ],
    ]
    for part in _scrapes(results):
        found = _medians(results, part)
        limit = "10" if found["series"] <= 20_000 else "100 (100k)"
        title = f"scrape p99 under ingest, {found['series']:,.0f} series, wall ms"
        rows.append([title, limit, f"{found['p99_ms']:.0f}"])
    return _table(["", "budget", "measured"], rows)


def _scrapes(results: Results) -> list[str]:
    return sorted((part for part in results if part.startswith("scrapes ")), key=lambda part: int(part.split()[1]))


def _growth(whole: Sequence[tuple[int, Mapping[str, float]]]) -> list[list[str]]:
    sizes = dict(whole)
    rows = []
    if 10_000_000 in sizes:
        rows.append(["memory with 10 M pending, MB", "600", f"{sizes[10_000_000]['memory_mb']:.0f}"])
    largest = max(sizes)
    growth = _pairs_a_second(sizes[1_000_000]) / _pairs_a_second(sizes[largest])
    rows.append(
        [f"cost of an event at {largest // 10**6} M pending, times that at 1 M", "1.5 (at 50 M)", f"{growth:.2f}"]
    )
    return rows


def _decoding(results: Results) -> str:
    found = _medians(results, "decoding")
    names = ("ours", "json", "polars")
    rows = [
        [kind, *(f"{found[f'{kind}, {name}']:.2f}" for name in names)]
        for kind in ("predictions", "8 features", "labels")
    ]
    return _table(["M lines a processor second", "ours, valid columns", "json, dictionaries", "polars, a frame"], rows)


def _folding(results: Results) -> str:
    found = _medians(results, "folding")
    return _table(["", "M outcomes a processor second"], [[name, f"{rate:.0f}"] for name, rate in found.items()])


def _whole(results: Results) -> str:
    river, naive = _medians(results, "river"), _medians(results, "naive")
    rows = [
        [
            f"ours, {size // 10**6} M pending before" if size else "ours, an empty store",
            f"{whole['predictions']:.2f}",
            f"{whole['labels']:.2f}",
            f"{_pairs_a_second(whole):.2f}",
            f"{_pairs_a_second(whole) / river['slices']:.1f}",
            f"{whole['memory_mb']:.0f}",
        ]
        for size, whole in _pending(results)
    ]
    if "whole with features 0" in results:
        whole = _medians(results, "whole with features 0")
        pairs = _pairs_a_second(whole)
        cells = [
            f"{whole['predictions']:.2f}",
            f"{whole['labels']:.2f}",
            f"{pairs:.2f}",
            f"{pairs / river['slices']:.1f}",
        ]
        rows.append(["ours, 8 features with their drift tallies", *cells, f"{whole['memory_mb']:.0f}"])
    for title, key in (("river, all rows and 1,000 slices", "slices"), ("river, all rows only", "whole")):
        rows.append([title, "", "", f"{river[key]:.3f}", f"{river[key] / river['slices']:.1f}", ""])
    rows.append(["lists and scikit-learn, without the scrape", f"{naive['add_us']:.2f}", "", "", "", ""])
    header = ["", "µs a prediction", "µs a label", "M pairs/s", "times river", "MB"]
    note = (
        f"\n\nThe exporter of lists holds {naive['bytes_an_event']:.0f} bytes an event, joins nothing, forgets nothing,"
        f" and takes {naive['scrape_s']:.0f} processor seconds for a scrape of 1,000 series of 1,000 events each."
    )
    return _table(header, rows) + note


def _process(results: Results) -> str:
    worked_off, started = _medians(results, "backlog 10"), _medians(results, "restart")
    rows = [
        ["a backlog of 300,000 pairs, 10 versions: µs of the processor an event", f"{worked_off['processor_us']:.2f}"],
        ["the same: seconds of the clock", f"{worked_off['wall_s']:.1f}"],
        ["the same: memory at its end, MB", f"{worked_off['memory_mb']:.0f}"],
        *([f"start to metrics, {state}, processor s", f"{seconds:.2f}"] for state, seconds in started.items()),
    ]
    for part in _scrapes(results):
        found = _medians(results, part)
        title = f"scrape of {found['series']:,.0f} series under ingest"
        rows.append([f"{title}: p50 / p99, ms", f"{found['p50_ms']:.1f} / {found['p99_ms']:.1f}"])
    return _table(["", ""], rows)


def _profile(results: Results) -> str:
    found = _medians(results, "profile")
    return _table(["", "share"], [[room, f"{share:.0%}"] for room, share in found.items()])
