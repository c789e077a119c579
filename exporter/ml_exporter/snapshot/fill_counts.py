"""Counts: outcomes, coverage, requests, and their counters since the store was made."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Family, Statistics, feed_state, serving
from ml_exporter.catalogue.intervals import divide
from ml_exporter.snapshot.families import Histogram, Labels, Samples, present, version_labels
from ml_exporter.snapshot.groups import Group, groups
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import SeriesKey

Series = Sequence[tuple[int, SeriesKey]]
Values = list[tuple[Labels, float]]


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of counts."""
    for group in groups(observation.monitoring, observation.series, slices=True):
        yield from _by_slice(observation, group)
    for group in groups(observation.monitoring, observation.series, slices=False):
        yield from _windowed(observation, group)
        yield from _by_age(observation, group)
        yield from _since_the_beginning(observation, group)


def _by_slice(observation: Observation, group: Group) -> Iterable[Samples]:
    for window in observation.windows:
        outcomes = group.statistics(window)["outcomes.count"]
        yield Samples(feed_state.SEGMENT_WINDOW_OUTCOMES, present(group.slices, outcomes, window.label))


def _windowed(observation: Observation, group: Group) -> Iterable[Samples]:
    versions = list(enumerate(group.keys))
    with_latency_objective = [
        (place, key)
        for place, key in versions
        if observation.monitoring.model(key.model).slow_request_seconds is not None
    ]
    ever = group.statistics(observation.lifetime)["requests.count"]
    for window in observation.windows:
        statistics, label = group.statistics(window), window.label
        slow = statistics["requests.slow"].sum(axis=1)
        coverage = divide(statistics["labelled.count"], statistics["made.count"])
        yield Samples(feed_state.WINDOW_OUTCOMES, present(versions, statistics["outcomes.count"], label))
        yield Samples(serving.WINDOW_SLOW_REQUESTS, present(with_latency_objective, slow, label))
        yield Samples(feed_state.LABEL_COVERAGE, present(versions, coverage, label))
        requests = _requests(observation, versions, statistics, ever, label)
        yield Samples(serving.WINDOW_REQUESTS, requests)


def _by_age(observation: Observation, group: Group) -> Iterable[Samples]:
    for age in observation.ages:
        statistics = group.statistics(age)
        coverage = divide(statistics["labelled.count"], statistics["made.count"])
        yield Samples(feed_state.LABEL_COVERAGE_BY_AGE, present(list(enumerate(group.keys)), coverage, age.label))


def _since_the_beginning(observation: Observation, group: Group) -> Iterable[Samples]:
    versions, lifetime = list(enumerate(group.keys)), group.statistics(observation.lifetime)
    yield Samples(feed_state.PREDICTIONS_TOTAL, present(versions, lifetime["made.count"]))
    yield Samples(feed_state.LABELS_TOTAL, present(versions, lifetime["outcomes.count"]))
    requests = _requests(observation, versions, lifetime, lifetime["requests.count"])
    yield Samples(serving.PREDICTION_REQUESTS, requests)
    yield _histogram(serving.PREDICTION_LATENCY, versions, lifetime, "latency_counter")
    yield _histogram(feed_state.LABEL_DELAY, versions, lifetime, "label_delay")


def _requests(
    observation: Observation, versions: Series, statistics: Statistics, ever: NDArray[np.float64], *extra: str
) -> Values:
    """Return the requests by status: success always, another one where the version has ever had it."""
    return [
        ((*version_labels(key), *extra, name), float(statistics["requests.count"][place, status]))
        for place, key in versions
        for status, name in enumerate(observation.statuses)
        if status == 0 or ever[place, status]
    ]


def _histogram(family: Family, versions: Series, statistics: Statistics, tally: str) -> Samples:
    counts, sums = statistics[f"{tally}.count"], statistics[f"{tally}.seconds"]
    return Samples(
        family,
        histograms=[
            (version_labels(key), Histogram(tuple(counts[place].tolist()), float(np.sum(sums[place]))))
            for place, key in versions
        ],
    )
