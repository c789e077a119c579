"""Counts: outcomes, confusion, coverage, requests, and their counters since the store was made."""

from collections.abc import Iterable, Sequence

import numpy as np

from ml_exporter.catalogue import Family, Statistics, binary, feed_state, serving
from ml_exporter.catalogue.intervals import divide
from ml_exporter.config import Monitoring
from ml_exporter.snapshot.families import Histogram, Labels, Samples, present, version_labels
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Window

Series = Sequence[tuple[int, SeriesKey]]
Values = list[tuple[Labels, float]]


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of counts."""
    versions = [(code, key) for code, key in observation.series if not key.is_slice]
    slices = [(code, key) for code, key in observation.series if key.is_slice]
    yield from _windowed(observation, versions, slices)
    yield from _since_the_beginning(observation, versions)


def _windowed(observation: Observation, versions: Series, slices: Series) -> Iterable[Samples]:
    windows = observation.windows
    with_latency_objective = [
        (code, key)
        for code, key in versions
        if observation.monitoring.model(key.model).slow_request_seconds is not None
    ]

    def in_each_window(family: Family, series: Series, statistic: str) -> Samples:
        rows = [row for window in windows for row in present(series, window.statistics[statistic], window.label)]
        return Samples(family, rows)

    yield in_each_window(feed_state.WINDOW_OUTCOMES, versions, "outcomes.count")
    yield in_each_window(feed_state.SEGMENT_WINDOW_OUTCOMES, slices, "outcomes.count")
    yield Samples(
        serving.WINDOW_SLOW_REQUESTS,
        [
            row
            for window in windows
            for row in present(with_latency_objective, window.statistics["requests.slow"].sum(axis=1), window.label)
        ],
    )
    yield Samples(feed_state.LABEL_COVERAGE, [row for window in windows for row in _coverage(versions, window)])
    yield Samples(
        binary.CONFUSION_OUTCOMES,
        [
            row
            for window in windows
            for row in _confusion(observation.monitoring, versions, window.statistics, window.label)
        ],
    )
    yield Samples(
        serving.WINDOW_REQUESTS,
        [row for window in windows for row in _requests(observation, versions, window.statistics, window.label)],
    )


def _since_the_beginning(observation: Observation, versions: Series) -> Iterable[Samples]:
    lifetime = observation.lifetime
    yield Samples(feed_state.PREDICTIONS_TOTAL, present(versions, lifetime["made.count"]))
    yield Samples(feed_state.LABELS_TOTAL, present(versions, lifetime["outcomes.count"]))
    yield Samples(binary.CONFUSION_TOTAL, _confusion(observation.monitoring, versions, lifetime))
    yield Samples(serving.PREDICTION_REQUESTS, _requests(observation, versions, lifetime))
    yield _histogram(serving.PREDICTION_LATENCY, versions, lifetime, "latency_counter")
    yield _histogram(feed_state.LABEL_DELAY, versions, lifetime, "label_delay")


def _coverage(versions: Series, window: Window) -> Values:
    return present(versions, divide(window.statistics["labelled.count"], window.statistics["made.count"]), window.label)


def _confusion(monitoring: Monitoring, versions: Series, statistics: Statistics, *extra: str) -> Values:
    rows: Values = []
    for code, key in versions:
        negative, positive = monitoring.model(key.model).definition.class_names
        for actual, predicted, column in (
            (positive, positive, "true_positives"),
            (positive, negative, "false_negatives"),
            (negative, positive, "false_positives"),
            (negative, negative, "true_negatives"),
        ):
            value = float(statistics[f"binary.{column}"][code])
            rows.append(((*version_labels(key), *extra, actual, predicted), value))
    return rows


def _requests(observation: Observation, versions: Series, statistics: Statistics, *extra: str) -> Values:
    """Return the requests by status: success always, another one where the version has ever had it."""
    ever = observation.lifetime["requests.count"]
    return [
        ((*version_labels(key), *extra, name), float(statistics["requests.count"][code, status]))
        for code, key in versions
        for status, name in enumerate(observation.statuses)
        if status == 0 or ever[code, status]
    ]


def _histogram(family: Family, versions: Series, statistics: Statistics, tally: str) -> Samples:
    counts, sums = statistics[f"{tally}.count"], statistics[f"{tally}.seconds"]
    return Samples(
        family,
        histograms=[
            (version_labels(key), Histogram(tuple(counts[code].tolist()), float(np.sum(sums[code]))))
            for code, key in versions
        ],
    )
