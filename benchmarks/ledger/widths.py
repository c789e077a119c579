"""How many bytes a row takes, by task: in a segment, in the log before, and in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.ledger import events
from ml_exporter.events import Categorical
from ml_exporter.ledger import LabelRows, PredictionRows, SegmentedLedger, inspect

ROWS = 1 << 18

Payload = Callable[[np.random.Generator, int], NDArray[np.float64]]


@dataclass(frozen=True)
class Task:
    """What is stored of a task."""

    title: str
    payload: Payload
    actual: Callable[[np.random.Generator, int], Categorical]
    slices: int = 0


def _binary(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    score = random.random(rows)
    return np.column_stack([score >= 0.5, score])


def _binary_rounded(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    score = np.round(random.random(rows), 4)
    return np.column_stack([score >= 0.5, score])


def _classes(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    scores = random.dirichlet(np.ones(10), rows)
    return np.column_stack([scores.argmax(axis=1), scores])


def _number(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    value = random.normal(100, 20, rows)
    return np.column_stack([value, np.full((rows, 2), np.nan)])


def _interval(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    value = random.normal(100, 20, rows)
    return np.column_stack([value, value - 30, value + 30])


def _items(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    return random.integers(0, 2**53, (rows, 10)).astype(np.float64)


def _two(random: np.random.Generator, rows: int) -> Categorical:
    return Categorical(random.integers(0, 2, rows).astype(np.int32), ("0", "1"))


def _ten(random: np.random.Generator, rows: int) -> Categorical:
    return Categorical(random.integers(0, 10, rows).astype(np.int32), tuple(f"class {code}" for code in range(10)))


def _numbers(random: np.random.Generator, rows: int) -> Categorical:
    return Categorical.of(map(repr, np.round(random.normal(100, 20, rows), 2).tolist()))


def _relevances(random: np.random.Generator, rows: int) -> Categorical:
    items = random.integers(0, 10**6, (rows, 2)).tolist()
    return Categorical.of(f'{{"item-{one}":1,"item-{other}":3}}' for one, other in items)


TASKS = (
    Task("binary, scores of 4 decimals", _binary_rounded, _two),
    Task("binary, scores of full precision", _binary, _two),
    Task("binary, 3 slices", _binary, _two, slices=3),
    Task("multiclass, 10 scores", _classes, _ten),
    Task("regression", _number, _numbers),
    Task("regression with intervals", _interval, _numbers),
    Task("ranking, 10 items", _items, _relevances),
)


def table() -> str:
    """Return the bytes of each task."""
    lines = [
        "| task | prediction in a segment | prediction in the log | label in a segment |",
        "| --- | ---: | ---: | ---: |",
    ]
    for task in TASKS:
        in_segment, in_log, label = _measured(task)
        lines.append(f"| {task.title} | {in_segment:.0f} B | {in_log:.0f} B | {label:.0f} B |")
    return "\n".join(lines)


def _measured(task: Task) -> tuple[float, float, float]:
    with TemporaryDirectory() as name:
        ledger = SegmentedLedger(Path(name))
        for start in range(0, ROWS, events.BATCH):
            rows = min(events.BATCH, ROWS - start)
            random = np.random.default_rng(start)
            ids, times = events.names(np.arange(start, start + rows)), events.times(np.arange(start, start + rows))
            with ledger.transaction():
                series = random.integers(0, 1000, (rows, 1 + task.slices)).astype(np.int32)
                model = np.zeros(rows, dtype=np.int32)
                ledger.add_predictions(PredictionRows(series, model, ids, times, task.payload(random, rows)))
        batches = inspect(Path(name)).batches_bytes
        for start in range(0, ROWS, events.BATCH):
            rows = min(events.BATCH, ROWS - start)
            random = np.random.default_rng(start)
            ids, times = events.names(np.arange(start, start + rows)), events.times(np.arange(start, start + rows))
            with ledger.transaction():
                any_model = np.full(rows, -1, dtype=np.int32)
                ledger.add_labels(LabelRows(any_model, ids, times + events.LABEL_DELAY, task.actual(random, rows)))
        ledger.flush()
        held = inspect(Path(name))
        ledger.close()
    predictions, labels = held.lanes
    return predictions.segment_bytes / ROWS, batches / ROWS, labels.segment_bytes / ROWS
