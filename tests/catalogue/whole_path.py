"""Outcomes on their whole way: folded into buckets, added up over a window, read by the catalogue."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml_exporter import catalogue
from ml_exporter.catalogue import Estimate, Statistics
from ml_exporter.config import Duration, ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies import AcceptedPredictions, Buckets, Ladder, discover
from ml_exporter.windows import Totals, lifetimes, windows_at

Array = NDArray[np.float64]

NOW = 1_700_000_000.0
LADDER = Ladder((60.0, 300.0), (7200.0, 172800.0))


def multiclass_model(classes: int | Sequence[str], **options: object) -> ModelSettings:
    """Make the settings of a model with these classes, or with so many."""
    names = [f"c{code}" for code in range(classes)] if isinstance(classes, int) else list(classes)
    return ModelSettings.model_validate({"name": "animals", "task": "multiclass", "classes": names, **options})


def judged(
    scores: ArrayLike,
    actual: ArrayLike,
    predicted: ArrayLike | None = None,
    series: ArrayLike | None = None,
) -> Outcomes:
    """Make outcomes of a multiclass model.

    Args:
        scores: (rows, classes); a row of NaN has no scores.
        actual: (rows,) codes.
        predicted: (rows,) codes; by default the class with the highest score.
        series: (rows, 1 + slices) codes of the series; by default all rows are of the series 0.
    """
    table = np.asarray(scores, dtype=np.float64)
    rows = len(table)
    codes = table.argmax(axis=1) if predicted is None else np.asarray(predicted)
    times = np.full(rows, NOW - 1)
    return Outcomes(
        series=np.zeros((rows, 1), dtype=np.int32) if series is None else np.asarray(series, dtype=np.int32),
        prediction_time=times,
        label_time=times,
        payload=np.column_stack([codes.astype(np.float64), table]),
        actual=np.asarray(actual, dtype=np.float64).reshape(rows, 1),
        value=np.full(rows, np.nan),
    )


def made(payload: Array, joinable: NDArray[np.bool_] | None = None) -> AcceptedPredictions:
    """Make predictions of one series from what they say, (rows, payload columns); all of them succeeded by default."""
    rows = len(payload)
    return AcceptedPredictions(
        series=np.zeros((rows, 1), dtype=np.int32),
        timestamp=np.full(rows, NOW - 1),
        status=np.zeros(rows, dtype=np.int64),
        joinable=np.ones(rows, dtype=np.bool_) if joinable is None else joinable,
        latency=np.full(rows, np.nan),
        slow=np.zeros(rows, dtype=np.bool_),
        payload=payload,
        sampled=np.ones(rows, dtype=np.bool_),
        features=(),
    )


def random_events(
    random: np.random.Generator, rows: int, classes: int, skill: float = 1.5
) -> tuple[Array, NDArray[np.int64]]:
    """Return scores, (rows, classes), and actual codes of classes that are not equally frequent."""
    frequency = random.dirichlet(np.full(classes, 2.0))
    actual = random.choice(classes, size=rows, p=frequency)
    logits = random.normal(size=(rows, classes))
    logits[np.arange(rows), actual] += skill
    scores = np.exp(logits)
    return scores / scores.sum(axis=1, keepdims=True), actual


def folded(events: Outcomes | Iterable[Outcomes], model: ModelSettings) -> Buckets:
    """Fold batches of outcomes."""
    buckets = Buckets(discover(), LADDER, ("label",))
    for batch in [events] if isinstance(events, Outcomes) else events:
        buckets.fold_outcomes(batch, model, NOW)
    return buckets


def window(buckets: Buckets) -> Totals:
    """Return the sums of a window that holds everything."""
    return windows_at(buckets, [Duration.parse("1h")], "label", NOW)[0]


def statistics(events: Outcomes | Iterable[Outcomes], model: ModelSettings, series: int = 1) -> Statistics:
    """Return the statistics of the first so many series."""
    return window(folded(events, model)).statistics(np.arange(series), model)


def estimate(metric_id: str, events: Outcomes, model: ModelSettings, series: int = 1) -> Estimate:
    """Return a metric of the first so many series."""
    return catalogue.metric(metric_id, model.task).estimate(statistics(events, model, series))


def value(metric_id: str, events: Outcomes, model: ModelSettings) -> float:
    """Return a metric of the one series; NaN: it has no value."""
    return float(estimate(metric_id, events, model).value[0])


def samples(family: str, events: Outcomes, model: ModelSettings, series: int = 0) -> dict[tuple[str, ...], float]:
    """Return the samples of a family with several ones a series: its own labels' values to the value."""
    (spread,) = [entry for entry in catalogue.spreads() if entry.family.name == family]
    buckets = folded(events, model)
    totals = lifetimes(buckets) if spread.since_the_beginning else window(buckets)
    rows = list(spread.rows(totals.statistics(np.array([series]), model), model))
    assert len(rows) <= spread.size(model)
    assert len({labels for labels, _ in rows}) == len(rows)
    return {labels: float(values[0]) for labels, values in rows if not np.isnan(values[0])}
