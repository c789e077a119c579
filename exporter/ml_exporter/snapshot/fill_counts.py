"""Counts: outcomes, coverage, requests, and their counters since the store was made."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Family, Statistics, feed_state, serving
from ml_exporter.catalogue.intervals import divide
from ml_exporter.snapshot.families import Column, Histogram, Samples, version_labels
from ml_exporter.snapshot.groups import Group, groups
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import Exemplar, SeriesKey


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of counts."""
    for group in groups(observation.monitoring, observation.series, slices=True):
        yield from _by_slice(observation, group)
    for group in groups(observation.monitoring, observation.series, slices=False):
        yield from _windowed(observation, group)
        yield from _by_age(observation, group)
        yield from _since_the_beginning(observation, group)


def _by_slice(observation: Observation, group: Group) -> Iterable[Samples]:
    if group.slices.keys:
        for window in observation.windows:
            outcomes = group.statistics(window)["outcomes.count"]
            yield _one(feed_state.SEGMENT_WINDOW_OUTCOMES, group.slices.column(outcomes, window.label))


def _windowed(observation: Observation, group: Group) -> Iterable[Samples]:
    versions = group.versions
    with_latency_objective = versions.where(
        lambda key: observation.monitoring.model(key.model).slow_request_seconds is not None
    )
    ever = group.statistics(observation.lifetime)["requests.count"]
    for window in observation.windows:
        statistics, label = group.statistics(window), window.label
        slow = statistics["requests.slow"].sum(axis=1)
        coverage = divide(statistics["labelled.count"], statistics["made.count"])
        yield _one(feed_state.WINDOW_OUTCOMES, versions.column(statistics["outcomes.count"], label))
        yield _one(serving.WINDOW_SLOW_REQUESTS, with_latency_objective.column(slow, label))
        yield _one(feed_state.LABEL_COVERAGE, versions.column(coverage, label))
        requests = _requests(observation, group, statistics["requests.count"], ever, label)
        yield Samples(serving.WINDOW_REQUESTS, columns=requests)


def _by_age(observation: Observation, group: Group) -> Iterable[Samples]:
    for age in observation.ages:
        statistics = group.statistics(age)
        coverage = divide(statistics["labelled.count"], statistics["made.count"])
        yield _one(feed_state.LABEL_COVERAGE_BY_AGE, group.versions.column(coverage, age.label))


def _since_the_beginning(observation: Observation, group: Group) -> Iterable[Samples]:
    versions, lifetime = group.versions, group.statistics(observation.lifetime)
    yield _one(feed_state.PREDICTIONS_TOTAL, versions.column(lifetime["made.count"]))
    yield _one(feed_state.LABELS_TOTAL, versions.column(lifetime["outcomes.count"]))
    requests = _requests(observation, group, lifetime["requests.count"], lifetime["requests.count"])
    yield Samples(serving.PREDICTION_REQUESTS, columns=requests)
    yield _histogram(serving.PREDICTION_LATENCY, group, lifetime, "latency_counter", observation.exemplars)
    yield _histogram(feed_state.LABEL_DELAY, group, lifetime, "label_delay", {})


def _one(family: Family, column: Column) -> Samples:
    return Samples(family, columns=[column] if column.keys else [])


def _requests(
    observation: Observation, group: Group, counts: NDArray[np.float64], ever: NDArray[np.float64], *window: str
) -> list[Column]:
    """Return the requests by status: success always, another one where the version has ever had it.

    Args:
        observation: names the statuses.
        group: of overall series.
        counts: (series, statuses)
        ever: the same, since the store was made.
        window: its label, for counts of a window.
    """
    shown = np.where(ever > 0, counts, np.nan)
    shown[:, 0] = counts[:, 0]
    return [
        group.versions.column(shown[:, status], *window, name)
        for status, name in enumerate(observation.statuses)
        if status == 0 or ever[:, status].any()
    ]


def _histogram(
    family: Family,
    group: Group,
    statistics: Statistics,
    tally: str,
    exemplars: Mapping[SeriesKey, Mapping[int, Exemplar]],
) -> Samples:
    counts, sums = statistics[f"{tally}.count"], statistics[f"{tally}.seconds"]
    return Samples(
        family,
        histograms=[
            (
                version_labels(key),
                Histogram(tuple(counts[place].tolist()), float(np.sum(sums[place])), exemplars.get(key, {})),
            )
            for place, key in enumerate(group.keys)
        ],
    )
