"""Events as files of every format, compressed or not."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import zstandard

Event = dict[str, Any]


def flat(event: Event) -> Event:
    """Return an event with a column for each key of its objects; objects of rankings stand in a cell as JSON."""
    cells: Event = {}
    for name, value in event.items():
        if isinstance(value, dict) and name != "actual":
            cells |= {f"{name}.{key}": own for key, own in value.items()}
        else:
            cells[name] = json.dumps(value) if isinstance(value, dict | list) else value
    return cells


def json_lines(events: Sequence[Event]) -> bytes:
    """Return JSON lines."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def csv_rows(events: Sequence[Event], *, header: bool = True) -> bytes:
    """Return rows of CSV, under a header or without one; all events have the same fields."""
    rows = [flat(event) for event in events]
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(rows[0]))
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def parquet(events: Sequence[Event]) -> bytes:
    """Return a file of Parquet with structs, in several row groups."""
    written = io.BytesIO()
    pl.DataFrame(events, infer_schema_length=None).write_parquet(written, row_group_size=max(1, len(events) // 3))
    return written.getvalue()


FILES: dict[str, Callable[[Sequence[Event]], bytes]] = {
    "jsonl": json_lines,
    "csv": csv_rows,
    "parquet": parquet,
    "jsonl.gz": lambda events: gzip.compress(json_lines(events)),
    "csv.zst": lambda events: zstandard.ZstdCompressor().compress(csv_rows(events)),
}
"""How a file's name ends to what writes it as a whole."""
