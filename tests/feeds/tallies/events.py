"""Events of two models with everything that tallies keep, and what one exporter shows of them."""

import difflib
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.config import Monitoring
from ml_exporter.events import JoinCounts
from ml_exporter.feeds import FeedContext, FeedError
from ml_exporter.feeds.tallies.file_format import Header, frame_of, write_tallies
from ml_exporter.pipeline import Engine, Tallying, open_store, plug_in_kinds
from ml_exporter.tallies.counted_by import counted_by
from tests.pipeline.in_process import NOW, make_batch
from tests.pipeline.in_process import monitoring as make_monitoring

FRAUD = {
    "name": "fraud",
    "task": "binary",
    "segments": ["country", "channel"],
    "features": [{"name": "amount", "kind": "numeric", "range": [0, 80]}, {"name": "kind", "kind": "categorical"}],
    "objectives": {"accuracy": 0.9, "prediction_latency_p99": 0.05},
    "business": {"value": "amount", "currency": "EUR", "costs": {"false_positive": 5, "false_negative": "value"}},
}
WEATHER = {"name": "weather", "task": "multiclass", "classes": ["sun", "rain", "snow"], "top_k": [2]}
PRICE = {"name": "price", "task": "regression", "segments": ["country"]}
LINKS = {"name": "links", "task": "ranking", "k": [1, 3]}

Rows = list[dict[str, Any]]


def configuration(*models: Mapping[str, Any], **options: Any) -> Monitoring:
    """Return a configuration with feeds of files, and one of tallies."""
    events = make_monitoring(*models or (FRAUD, WEATHER, PRICE, LINKS), **options)
    tallies = {"name": "tallies", "kind": "tallies", "path": "tallies/*.parquet"}
    values = {"models": list(models or (FRAUD, WEATHER, PRICE, LINKS)), **options}
    values["feeds"] = [*(feed.model_dump() for feed in events.feeds), tallies]
    return Monitoring.model_validate(values, context=vars(plug_in_kinds()))


def made(count: int, seed: int = 7) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return predictions of all models, and labels of most of them, each in the order of their times."""
    chance = random.Random(seed)
    predictions, labels = [], []
    for number in range(count):
        at = NOW - 40 * 86400 + number * 39.9 * 86400 / count if number % 3 else NOW - 5000 + number * 3000 / count
        model = ("fraud", "weather", "price", "links")[number % 4]
        one = {
            "prediction_id": f"{model}-{number}",
            "model_name": model,
            "model_version": f"v{chance.randrange(2)}",
            "timestamp": round(at, 3),
            "latency_seconds": round(chance.expovariate(30), 4),
            "segment": {"country": chance.choice(["DE", "FR", None]), "channel": chance.choice("ab")},
        }
        actual: Any = None
        if model == "fraud":
            one["score"] = round(chance.random(), 3)
            one["features"] = {"amount": chance.choice([round(chance.uniform(-9, 99), 2), None, "?"])}
            one["features"]["kind"] = chance.choice(["x", "y", "z", None])
            actual = int(chance.random() < one["score"])
        elif model == "weather":
            sun = round(chance.random(), 3)
            one["scores"] = {"sun": sun, "rain": round((1 - sun) / 2, 4), "snow": round((1 - sun) / 2, 4)}
            actual = chance.choice(["sun", "rain", "snow"])
        elif model == "price":
            one["prediction"] = round(chance.gauss(100, 20), 2)
            actual = round(one["prediction"] + chance.gauss(0, 5), 2)
        else:
            one["items"] = chance.sample("abcdef", 4)
            actual = {item: chance.randrange(1, 4) for item in chance.sample("abcdef", 2)}
        if chance.random() < 0.03:
            one |= {"status": chance.choice(["timeout", "error"])}
        predictions.append(one)
        if chance.random() < 0.8:
            delay = chance.expovariate(1 / 600)
            told = min(at + delay, NOW - 1)
            labels.append({"prediction_id": one["prediction_id"], "model_name": model, "actual": actual})
            labels[-1]["timestamp"] = round(told, 3)
    labels.sort(key=lambda label: label["timestamp"])
    return sorted(predictions, key=lambda one: one["timestamp"]), labels


def of_models(
    monitoring: Monitoring, events: tuple[list[dict[str, Any]], list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the events of the models that are configured."""
    names = {model.name for model in monitoring.models}
    predictions, labels = ([one for one in part if one["model_name"] in names] for part in events)
    return predictions, labels


def shown(text: bytes) -> str:
    """Return what /metrics shows, sorted: the order is that of series as they came.

    Left out is what belongs to the process and to the feeds; values stand with nine digits.
    """
    own = r"(?m)^(# .*|ml_exporter_(last_tick_duration_seconds|feed_|duplicate_events|build_info|unmatched).*)\n"
    kept = re.sub(own, "", text.decode())
    rounded = re.sub(r"(?m) (\S+)$", lambda value: f" {float(value[1]):.9g}", kept)
    return "\n".join(sorted(rounded.splitlines()))


def assert_same(one: str, other: str) -> None:
    """Say what differs, where anything does."""
    differing = list(difflib.unified_diff(one.splitlines(), other.splitlines(), n=0, lineterm=""))
    if differing:
        pytest.fail("\n".join(differing[:20]))


def by_one_process(
    monitoring: Monitoring, predictions: Sequence[object], labels: Sequence[object], at: float = NOW
) -> str:
    """Return what an exporter shows that has read all events itself."""
    with TemporaryDirectory() as folder:
        ledger = open_store(Path(folder))
        engine = Engine(monitoring, ledger)
        for settings, events in zip(monitoring.feeds, (predictions, labels), strict=False):
            engine.process(make_batch(monitoring, settings, events, b"", at), at)
        text = engine.tick(at, {}).text.text
        ledger.close()
    return shown(text)


def tally(
    folder: Path,
    monitoring: Monitoring,
    predictions: Sequence[object],
    labels: Sequence[object],
    batch: int,
    *,
    stream: str = "test",
    newest: Mapping[str, float] | None = None,
) -> Path:
    """Join events and add them up as one place of several, and write the file."""
    with TemporaryDirectory() as store:
        ledger = open_store(Path(store))
        tallying = Tallying(monitoring, ledger, NOW)
        for settings, events in zip(monitoring.feeds, (predictions, labels), strict=False):
            decoded = make_batch(monitoring, settings, events, b"", NOW)
            tallying.take(decoded.events)
            for rejection in decoded.rejections:
                tallying.reject(rejection.reason, 1)
        tallying.advance(newest or {})
        ledger.close()
    tallied = tallying.tallied()
    return write(folder, monitoring, frame_of(tallied.sums), tallied.counts, batch, stream)


def write(
    folder: Path, monitoring: Monitoring, frame: pl.DataFrame, counts: JoinCounts, batch: int, stream: str = "test"
) -> Path:
    """Write a file of tallies."""
    meaning = {model.name: counted_by(model) for model in monitoring.models}
    return write_tallies(folder, Header(stream, batch, meaning, counts, len(frame)), frame)


class Exporter:
    """An exporter over a folder that reads its feed of tallies, and can be opened again."""

    def __init__(self, folder: Path, monitoring: Monitoring, at: float = NOW) -> None:
        self.folder, self.monitoring, self.at = folder, monitoring, at
        self.settings = next(feed for feed in monitoring.feeds if feed.kind == "tallies")
        self.batches = 0
        """So many were taken in."""

        (folder / "tallies").mkdir(exist_ok=True)
        self.open()

    def open(self) -> None:
        """Open store and feed, each where it stands."""
        self.ledger = open_store(self.folder / "data")
        self.engine = Engine(self.monitoring, self.ledger)
        models = {model.name: model for model in self.monitoring.models_of(self.settings)}
        context = FeedContext(self.folder, models, ManualClock(self.at))
        self.feed = feeds.kinds()["tallies"].open(self.settings, context, self.engine.position("tallies"))

    def read(self) -> int:
        """Take in what there is; return the number of batches."""
        before = self.batches
        while (batch := self.feed.read()) is not None:
            self.engine.process(batch, self.at)
            self.batches += 1
        return self.batches - before

    def read_until_refused(self, message: str) -> int:
        """Take in what can be used; return the number of batches when the rest is refused with a message."""
        before = self.batches
        with pytest.raises(FeedError, match=message):
            self.read()
        return self.batches - before

    def text(self) -> bytes:
        """Tick, and return what /metrics shows."""
        return self.engine.tick(self.at, {}).text.text

    def close(self) -> None:
        """Let go of the store."""
        self.ledger.close()
