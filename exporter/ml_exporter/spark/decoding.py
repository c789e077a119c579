"""Decoding on executors: from a source's rows to valid events in transit, by the decoder of every feed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from ml_exporter.clock import ManualClock, WallClock
from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.config.feed import FeedDefaults
from ml_exporter.feeds import FeedContext
from ml_exporter.feeds.decoding import ColumnEvents, Decoded, JsonEvents
from ml_exporter.spark.transit import Transit

Batches = Iterator[pa.RecordBatch]
Step = Callable[[Batches], Batches]
"""What ``mapInArrow`` takes."""


@dataclass(frozen=True)
class Source:
    """Rows of events, and how they are to be read."""

    frame: DataFrame
    events: str
    """``predictions``, ``labels`` or ``outcomes``."""

    fields: dict[str, str] = field(default_factory=dict)
    """Our name to theirs."""

    defaults: dict[str, str] = field(default_factory=dict)
    """``model_name`` and ``model_version`` of events that name none."""

    lines: bool = False
    """Whether rows are lines of JSON, in the frame's first column."""

    @property
    def settings(self) -> FeedSettings:
        """Return the settings of a feed that would read such rows."""
        return FeedSettings.model_validate(
            {"name": self.events, "kind": "spark", "events": self.events, "fields": self.fields}
            | {"defaults": FeedDefaults.model_validate(self.defaults)}
        )


def decoded(source: Source, monitoring: Monitoring, at: float | None = None) -> DataFrame:
    """Return a source's events in transit, those that could not be used among them.

    Args:
        source: batch or stream.
        monitoring: the configuration.
        at: the time of looking: events that are dated more than five minutes ahead of it are rejected. None: now.
    """
    names = source.frame.columns
    numbered = source.frame.toDF(*(f"column_{place}" for place in range(len(names))))  # Spark stumbles over dots
    return numbered.mapInArrow(decoding(source, names, monitoring, at), Transit.of(monitoring).ddl)


def decoding(source: Source, names: Sequence[str], monitoring: Monitoring, at: float | None) -> Step:
    """Return the step that decodes; ``names`` are those of the columns."""
    settings, lines = source.settings, source.lines

    def step(batches: Batches) -> Batches:
        models = {model.name: model for model in monitoring.models}
        context = FeedContext(Path(), models, WallClock() if at is None else ManualClock(at))
        read = _lines(settings, context) if lines else _columns(settings, context, names)
        transit = Transit.of(monitoring)
        for batch in batches:
            if batch.num_rows:
                found = read(batch)
                yield from transit.pack(found.events)
                yield from transit.pack_rejections(found.rejections)

    return step


def _lines(settings: FeedSettings, context: FeedContext) -> Callable[[pa.RecordBatch], Decoded]:
    events = JsonEvents(settings, context)

    def read(batch: pa.RecordBatch) -> Decoded:
        return events.decode(batch.column(0).cast(pa.binary()).to_pylist(), settings.name.format)

    return read


def _columns(settings: FeedSettings, context: FeedContext, names: Sequence[str]) -> Callable[[pa.RecordBatch], Decoded]:
    events = ColumnEvents(settings, context)

    def read(batch: pa.RecordBatch) -> Decoded:
        columns = {name: _values(column) for name, column in zip(names, batch.columns, strict=True)}
        return events.decode(columns, batch.num_rows, settings.name.format)

    return read


def _values(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_map(column.type):
        return [None if entries is None else dict(entries) for entries in values]
    return values
