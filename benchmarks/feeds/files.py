"""Files: JSON lines, which all kinds are compared with, CSV and Parquet, and what compression costs."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

from benchmarks.feeds import Prepare
from benchmarks.pipeline.setting import settings, write_events


@contextmanager
def json_lines(folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Files of JSON lines: what the others are compared with."""
    write_events(folder, 0, count)
    yield settings()["feeds"]


def _made_into(ending: str, make: Callable[[Path, Path], object]) -> Prepare:
    """Return a case of files that are made of those of JSON lines."""

    @contextmanager
    def prepare(folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
        write_events(folder, 0, count)
        for lines in folder.glob("*.jsonl"):
            make(lines, lines.with_name(f"{lines.stem}.{ending}"))
            lines.unlink()
        yield [feed | {"path": f"{feed['name']}.{ending}"} for feed in settings()["feeds"]]

    return prepare


CASES: dict[str, Prepare] = {
    "JSON lines": json_lines,
    "JSON lines, gzip": _made_into("jsonl.gz", lambda lines, file: file.write_bytes(gzip.compress(lines.read_bytes()))),
    "JSON lines, Zstandard": _made_into(
        "jsonl.zst", lambda lines, file: file.write_bytes(zstandard.ZstdCompressor().compress(lines.read_bytes()))
    ),
    "CSV": _made_into("csv", lambda lines, file: pl.read_ndjson(lines).write_csv(file)),
    "CSV, gzip": _made_into(
        "csv.gz", lambda lines, file: file.write_bytes(gzip.compress(pl.read_ndjson(lines).write_csv().encode()))
    ),
    "Parquet": _made_into("parquet", lambda lines, file: pl.read_ndjson(lines).write_parquet(file)),
}
