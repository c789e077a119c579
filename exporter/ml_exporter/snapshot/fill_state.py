"""The state of the join, of the feeds, of the objectives, and of the exporter itself."""

import platform
from collections.abc import Iterable
from typing import get_args

import ml_exporter
from ml_exporter.catalogue import Family, exporter, feed_state, judgement
from ml_exporter.feeds import Reason
from ml_exporter.snapshot.families import Samples, version_labels
from ml_exporter.snapshot.observation import Observation

_KINDS = {"predictions": "prediction", "labels": "label", "outcomes": "outcome"}


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of state."""
    yield from _join(observation)
    yield from _judgement(observation)
    yield from _feeds(observation)
    yield from _exporter(observation)


def _join(observation: Observation) -> Iterable[Samples]:
    versions = [
        (version_labels(key), observation.versions[code]) for code, key in observation.series if not key.is_slice
    ]
    yield Samples(feed_state.PENDING_PREDICTIONS, [(labels, float(state.pending)) for labels, state in versions])
    yield Samples(
        feed_state.ASSUMED_LABELS,
        [
            (labels, float(state.assumed))
            for labels, state in versions
            if observation.monitoring.model(labels[0]).missing_label is not None
        ],
    )
    yield Samples(
        feed_state.LAST_PREDICTION,
        [(labels, state.last_prediction) for labels, state in versions if state.last_prediction],
    )
    yield Samples(feed_state.LAST_LABEL, [(labels, state.last_label) for labels, state in versions if state.last_label])
    yield Samples(
        feed_state.CATCHING_UP,
        [((model,), float(behind)) for model, behind in observation.catching_up.items()],
    )


def _judgement(observation: Observation) -> Iterable[Samples]:
    labelled = [((*version_labels(verdict.series), verdict.metric), verdict) for verdict in observation.verdicts]
    yield Samples(judgement.OBJECTIVE, [(labels, verdict.threshold) for labels, verdict in labelled])
    yield Samples(judgement.OBJECTIVE_BREACHED, [(labels, float(verdict.breached)) for labels, verdict in labelled])


def _feeds(observation: Observation) -> Iterable[Samples]:
    feeds = list(observation.feeds.items())
    yield Samples(exporter.FEED_EVENTS, [((name, _KINDS[feed.kind]), float(feed.events)) for name, feed in feeds])
    yield Samples(
        exporter.FEED_REJECTED,
        [((name, reason), float(feed.rejected.get(reason, 0))) for name, feed in feeds for reason in get_args(Reason)],
    )
    yield Samples(
        exporter.DUPLICATE_EVENTS,
        [((name, _KINDS[feed.kind]), float(feed.duplicates)) for name, feed in feeds],
    )
    yield Samples(exporter.FEED_ERRORS, [((name,), float(feed.errors)) for name, feed in feeds])
    yield Samples(exporter.FEED_TRUNCATIONS, [((name,), float(feed.truncations)) for name, feed in feeds])
    yield Samples(exporter.FEED_LOST_EVENTS, [((name,), float(feed.lost)) for name, feed in feeds])
    yield Samples(exporter.FEED_LAG, [((name,), float(feed.left)) for name, feed in feeds if feed.left is not None])
    yield Samples(exporter.FEED_LAST_EVENT, [((name,), feed.last_event) for name, feed in feeds])


def _exporter(observation: Observation) -> Iterable[Samples]:
    def one(family: Family, value: float, *labels: str) -> Samples:
        return Samples(family, [(labels, value)])

    yield one(exporter.BUILD_INFO, 1.0, ml_exporter.__version__, platform.python_version())
    yield one(exporter.LABEL_CONFLICTS, float(observation.label_conflicts))
    yield one(exporter.LABEL_CORRECTIONS, float(observation.label_corrections))
    yield one(exporter.UNMATCHED_LABELS, float(observation.unmatched_labels))
    yield one(exporter.EXPIRED_PREDICTIONS, float(observation.expired_predictions))
    yield one(exporter.LATE_OUTCOMES, float(observation.late_outcomes))
    yield one(exporter.LAST_TICK, observation.at)
    yield one(exporter.LAST_TICK_DURATION, observation.tick_seconds)
    yield Samples(exporter.SERIES, [((name,), float(count)) for name, count in observation.series_kept.items()])
    yield Samples(
        exporter.SERIES_FOLDED, [((name,), float(count)) for name, count in observation.series_folded.items()]
    )
