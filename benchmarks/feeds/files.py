"""Files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.feeds import Prepare
from benchmarks.pipeline.setting import settings, write_events


@contextmanager
def json_lines(folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Files of JSON lines: what the others are compared with."""
    write_events(folder, 0, count)
    yield settings()["feeds"]


CASES: dict[str, Prepare] = {"JSON lines": json_lines}
