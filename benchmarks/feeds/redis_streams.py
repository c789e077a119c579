"""Streams of Redis: the server is a process of its own, which is not counted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.feeds.redis.server import server

from benchmarks.feeds import Prepare
from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN

_LINES = {"predictions": events.prediction_lines, "labels": events.label_lines}


@contextmanager
def fields(folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Two streams; each field of an event is one of its entry."""
    with server(folder) as running:
        for name, lines in _LINES.items():
            for text in lines(0, count, BEGIN):
                many = running.client.pipeline(transaction=False)
                for line in text.splitlines():
                    many.xadd(name, json.loads(line))
                many.execute()
        yield [{"name": name, "kind": "redis", "events": name, "url": running.url, "stream": name} for name in _LINES]


CASES: dict[str, Prepare] = {"Redis streams": fields}
