"""Decoding lines of JSON: into valid columns by us; into anything at all by others."""

import io
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN, monitoring
from ml_exporter.clock import ManualClock
from ml_exporter.feeds import FeedContext
from ml_exporter.feeds.decoding import JsonEvents

ROWS = 400_000


def measure() -> dict[str, float]:
    """Return million events a second of the processor, by what is decoded and by whom."""
    plain = list(events.prediction_lines(0, ROWS, BEGIN))
    rich = list(events.prediction_lines(0, ROWS, BEGIN, features=True))
    labels = list(events.label_lines(0, ROWS, BEGIN))
    return {
        "predictions, ours": _rate(plain, _ours("predictions")),
        "predictions, json": _rate(plain, _standard),
        "predictions, polars": _rate(plain, _polars),
        "8 features, ours": _rate(rich, _ours("predictions", features=True)),
        "8 features, json": _rate(rich, _standard),
        "8 features, polars": _rate(rich, _polars),
        "labels, ours": _rate(labels, _ours("labels")),
        "labels, json": _rate(labels, _standard),
        "labels, polars": _rate(labels, _polars),
    }


def _rate(texts: Sequence[bytes], decode: Callable[[bytes], int]) -> float:
    began = time.process_time()
    assert sum(map(decode, texts)) == ROWS
    return ROWS / (time.process_time() - began) / 1e6


def _ours(feed: str, *, features: bool = False) -> Callable[[bytes], int]:
    configured = monitoring(features=features)
    own = next(one for one in configured.feeds if one.name == feed)
    context = FeedContext(Path(), {model.name: model for model in configured.models}, ManualClock(2 * BEGIN))
    decoder = JsonEvents(own, context)
    return lambda text: len(decoder.decode(text.split(b"\n")[:-1], str).events)


def _standard(text: bytes) -> int:
    return len([json.loads(line) for line in text.split(b"\n")[:-1]])


def _polars(text: bytes) -> int:
    return len(pl.read_ndjson(io.BytesIO(text)))
