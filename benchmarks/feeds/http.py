"""Events that are sent over HTTP, in bodies of several kinds and sizes."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.feeds import Rate
from benchmarks.feeds.sending import exporter, send, used
from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN
from ml_exporter.feeds.http.content import COLUMNS, JSON, JSON_LINES

_FEEDS = [{"name": name, "kind": "http", "events": name} for name in ("predictions", "labels")]

Pack = Callable[[Sequence[bytes]], bytes]


def _lines(lines: Sequence[bytes]) -> bytes:
    return b"\n".join(lines)


def _array(lines: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(lines) + b"]"


def _columns(lines: Sequence[bytes]) -> bytes:
    rows = [json.loads(line) for line in lines]
    return json.dumps({name: [row[name] for row in rows] for name in rows[0]}).encode()


def _requests(made: Iterator[bytes], size: int, pack: Pack) -> list[bytes]:
    lines = [line for text in made for line in text.splitlines()]
    return [pack(lines[begin : begin + size]) for begin in range(0, len(lines), size)]


def rate(media_type: str, pack: Pack, size: int, share: int, pairs: int) -> float:
    """Return events a second of the exporter's processor.

    Args:
        media_type: of the bodies.
        pack: makes one of events.
        size: events of each.
        share: one in so many of the pairs is sent: small requests take long.
        pairs: predictions, and as many labels.
    """
    count = max(size, pairs // share)
    sent = {
        "predictions": _requests(events.prediction_lines(0, count, BEGIN), size, pack),
        "labels": _requests(events.label_lines(0, count, BEGIN), size, pack),
    }
    with TemporaryDirectory(prefix="feed-benchmark-") as name, exporter(Path(name), _FEEDS) as (process, port):
        began = used(process)
        for path, bodies in sent.items():
            send(port, path, [[({"Content-Type": media_type}, body)] for body in bodies])
        return 2 * count / (used(process) - began)


RATES: dict[str, Rate] = {
    "HTTP, JSON lines, 1,000 a request": partial(rate, JSON_LINES[0], _lines, 1000, 1),
    "HTTP, JSON array, 1,000 a request": partial(rate, JSON, _array, 1000, 1),
    "HTTP, columns, 1,000 a request": partial(rate, COLUMNS, _columns, 1000, 1),
    "HTTP, columns, 10,000 a request": partial(rate, COLUMNS, _columns, 10_000, 1),
    "HTTP, JSON lines, 20 a request": partial(rate, JSON_LINES[0], _lines, 20, 5),
    "HTTP, one event a request": partial(rate, JSON_LINES[0], _lines, 1, 50),
}
