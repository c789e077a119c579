"""Joining and adding up on executors: a partition has all events of its ids, in the order of their times.

The join is the exporter's own ledger, in a folder of the executor for as long as the partition takes. It lets time pass
in steps, at the same moments in every partition: so what silence says, and what expires, does not depend on how events
were divided.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from ml_exporter.config import Monitoring
from ml_exporter.events import TalliedEvents
from ml_exporter.pipeline import Tallying, open_store
from ml_exporter.spark.decoding import Batches, Step
from ml_exporter.spark.sums import rows_of
from ml_exporter.spark.transit import Transit

_STEPS = 24
"""Into so many is the shortest of the spans divided after which something happens to a prediction."""


@dataclass(frozen=True)
class Period:
    """Which events count, and until when time has passed. Times in seconds since the epoch."""

    ends: Mapping[str, float]
    """Model to the time of its newest event."""

    since: float = 0.0
    """Events before only prepare the join."""

    before: Mapping[str, float] = field(default_factory=dict)
    """Model to the time of its newest event before ``since``."""


def step_of(monitoring: Monitoring) -> float:
    """Return the seconds after which time passes once."""
    silences = [model.missing_label.after.seconds for model in monitoring.models if model.missing_label is not None]
    return min([monitoring.label_horizon.seconds, *silences]) / _STEPS


def needed_since(monitoring: Monitoring, since: float) -> float:
    """Return the time of the oldest event that matters to those since a time."""
    step = step_of(monitoring)
    return max(0.0, since // step * step - monitoring.label_horizon.seconds)


def folding(monitoring: Monitoring, at: float, period: Period) -> Step:
    """Return the step that joins and adds up.

    Args:
        monitoring: the configuration.
        at: the time of looking, seconds since the epoch.
        period: which events count.
    """

    def step(batches: Batches) -> Batches:
        with TemporaryDirectory(prefix="ml-exporter-") as folder:
            ledger = open_store(Path(folder))
            try:
                yield from rows_of(_fold(Tallying(monitoring, ledger, at), batches, monitoring, period))
            finally:
                ledger.close()

    return step


def _fold(tallying: Tallying, batches: Batches, monitoring: Monitoring, period: Period) -> TalliedEvents:
    transit, width, now = Transit.of(monitoring), step_of(monitoring), -np.inf
    preparing = period.since > 0
    for rows, number, counts in _pieces(batches, width, period.since):
        if counts and preparing:
            tallying.advance(period.before)
            tallying.forget()
            preparing = False
        if number > now:
            if np.isfinite(now):
                tallying.advance({model: min(number * width, end) for model, end in period.ends.items()})
            now = number
        for events in transit.unpack(rows):
            tallying.take(events)
    if preparing:
        tallying.advance(period.before)
        tallying.forget()
    tallying.advance(period.ends)
    return tallying.tallied()


def _pieces(batches: Batches, width: float, since: float) -> Iterator[tuple[pa.RecordBatch, int, bool]]:
    """Yield rows that belong to one step of time, the number of the step, and whether they count."""
    for batch in batches:
        times = batch.column("time").to_numpy()
        numbers, counting = np.floor(times / width), times >= since
        ends = np.flatnonzero((np.diff(numbers) != 0) | np.diff(counting)) + 1
        for begin, end in zip([0, *ends], [*ends, len(times)], strict=True):
            if begin < end:
                yield batch.slice(begin, end - begin), int(numbers[begin]), bool(counting[begin])
