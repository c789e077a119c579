"""What the ticks are over: ten versions of a binary model, each in slices, and outcomes of the last seven days."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ml_exporter.config import Monitoring
from ml_exporter.events import Categorical, JoinedEvents, Labels, Predictions
from ml_exporter.feeds import MAXIMUM_ROWS, Batch
from ml_exporter.pipeline import Engine, FeedStatus, open_store, plug_in_kinds
from ml_exporter.snapshot import Snapshot

WINDOWS = ("1h", "24h", "7d")
VERSIONS = 10
OUTCOMES = 600_000
"""A third of them in the last hour, a third in the day before, a third in the week before that."""

END = 1.7e9
BETWEEN_TICKS = 15.0
NEW = 2_000
"""Outcomes that come in between two ticks."""

_AGES = ((7 * 86400.0, 86400.0), (86400.0, 3600.0), (3600.0, 0.0))
_LABEL_DELAY = 30.0


def monitoring(slices: int) -> Monitoring:
    """Return the configuration of one model with so many slices a version."""
    model: dict[str, Any] = {
        "name": "fraud_detection",
        "task": "binary",
        "segments": ["merchant"],
        "max_segment_values": slices,
        "max_timeseries": 10_000_000,
        "objectives": {"accuracy": 0.9, "recall": 0.7, "prediction_latency_p99": 0.25},
        "baseline": {"period": "3d"},
    }
    feeds = [{"name": "joined", "kind": "file", "path": "*.jsonl", "events": "outcomes"}]
    values = {"models": [model], "feeds": feeds, "windows": list(WINDOWS)}
    return Monitoring.model_validate(values, context=vars(plug_in_kinds()))


class World:
    """An engine over a store of its own, and the events that it is fed with."""

    def __init__(self, folder: Path, slices: int) -> None:
        """Let seven days pass, with a tick each day and some at the end.

        Args:
            folder: for the store.
            slices: so many a version.
        """
        self.slices = slices
        self.ledger = open_store(folder)
        self.engine = Engine(monitoring(slices), self.ledger)
        self.at = END
        self._random = np.random.default_rng(0)
        self._made = 0
        for at, events in self._past():
            self._take_in(events, at)

    def _past(self) -> Iterator[tuple[float, JoinedEvents]]:
        times = np.sort(
            np.concatenate([END - self._random.uniform(until, since, OUTCOMES // 3) for since, until in _AGES])
        )
        ticked = float(times[0])
        for start in range(0, len(times), MAXIMUM_ROWS):
            own = times[start : start + MAXIMUM_ROWS]
            at = float(own[-1]) + _LABEL_DELAY
            yield at, self._events(own)
            if at - ticked > 86400 / 2:
                self.tick(at)
                ticked = at

    @property
    def outcomes_a_slice(self) -> dict[str, int]:
        """Return how many outcomes each window has of each slice."""
        share = OUTCOMES // 3 // (VERSIONS * self.slices)
        return {window: (place + 1) * share for place, window in enumerate(WINDOWS)}

    def next_tick(self) -> Snapshot:
        """Let time pass and outcomes come in, then tick."""
        self.take_in_more()
        return self.tick(self.at)

    def take_in_more(self) -> None:
        """Let time pass and outcomes come in."""
        self.at += BETWEEN_TICKS
        times = np.sort(self.at - _LABEL_DELAY - self._random.uniform(0, BETWEEN_TICKS, NEW))
        self._take_in(self._events(times), self.at)

    def tick(self, at: float) -> Snapshot:
        """Tick."""
        return self.engine.tick(at, {"joined": FeedStatus()})

    def close(self) -> None:
        """Let go of the store."""
        self.ledger.close()

    def _take_in(self, events: JoinedEvents, at: float) -> None:
        newest = float(events.labels.timestamp[-1])
        self.engine.process(Batch("joined", events, (), str(self._made).encode(), behind=False, newest=newest), at)

    def _events(self, times: np.ndarray[Any, np.dtype[np.float64]]) -> JoinedEvents:
        rows, random = len(times), self._random
        numbers = np.arange(self._made, self._made + rows)
        self._made += rows
        score = random.beta(1, 3, rows)
        actual = (random.random(rows) < score).astype(np.int32)
        names = np.array([f"request-{number:012d}" for number in numbers.tolist()], dtype=object)
        model = Categorical.constant("fraud_detection", rows)
        merchant = random.integers(0, self.slices, rows).astype(np.int32)
        return JoinedEvents(
            Predictions(
                prediction_id=names,
                timestamp=times,
                model=model,
                version=Categorical(
                    random.integers(0, VERSIONS, rows).astype(np.int32), tuple(f"2024-{n:02d}" for n in range(VERSIONS))
                ),
                status=Categorical.constant("success", rows),
                payload=np.column_stack([(score >= 0.5).astype(np.float64), score]),
                value=np.full(rows, np.nan),
                latency=random.lognormal(-3, 0.5, rows),
                trace_id=np.full(rows, "", dtype=object),
                segments={"merchant": Categorical(merchant, tuple(f"merchant {n}" for n in range(self.slices)))},
                features={},
            ),
            Labels(
                prediction_id=names,
                timestamp=times + _LABEL_DELAY,
                model=model,
                actual=Categorical(actual, ("0", "1")),
                value=np.full(rows, np.nan),
            ),
        )
