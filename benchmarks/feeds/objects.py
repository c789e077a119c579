"""Objects of S3, and a Delta table: the store runs in a process of its own, which is not counted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import deltalake
import polars as pl
from tests.feeds.object_store.stores import BUCKET, CREDENTIALS, bucket

from benchmarks.feeds import Prepare
from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN

_LINES = {"predictions": events.prediction_lines, "labels": events.label_lines}


@contextmanager
def objects(_folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """One object of JSON lines for every 20,000 predictions, and for as many labels."""
    os.environ.update(CREDENTIALS)
    command = [sys.executable, "-m", "benchmarks.feeds.objects", str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as store:  # noqa: S603 - this module
        assert store.stdout is not None
        try:
            yield _feeds(store.stdout.readline().strip())
        finally:
            store.terminate()


def _feeds(endpoint: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "kind": "object_store", "events": name, "url": f"s3://{BUCKET}/{name}/", "endpoint": endpoint}
        for name in _LINES
    ]


@contextmanager
def delta(folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Tables in a folder, a version for every 20,000 rows."""
    for name, lines in _LINES.items():
        for text in lines(0, count, BEGIN):
            deltalake.write_deltalake(str(folder / name), pl.read_ndjson(text), mode="append")
    yield [{"name": name, "kind": "delta", "events": name, "url": f"file://{folder / name}"} for name in _LINES]


def _serve(count: int) -> None:
    """Run a store with so many predictions and labels, say where, and wait for the end."""
    with bucket() as store:
        for name, lines in _LINES.items():
            for number, text in enumerate(lines(0, count, BEGIN)):
                store.put(f"{name}/{number:06}.jsonl", text)
        sys.stdout.write(f"{store.endpoint}\n")
        sys.stdout.flush()
        sys.stdin.read()


CASES: dict[str, Prepare] = {"object store (S3)": objects, "Delta": delta}

if __name__ == "__main__":
    _serve(int(sys.argv[1]))
