"""Tallying: what an exporter does to events, without the exporter; the sums are given away under names.

So that events can be joined and added up somewhere else, in as many places as are needed: what each gives away may be
added up in any order, in files, by Spark, or by an exporter. All events of one prediction have to come to one place.
"""

from collections.abc import Mapping

import numpy as np

from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.events import Categorical, JoinCounts, JoinedEvents, Labels, Predictions, TalliedEvents, VersionCounts
from ml_exporter.feeds import Events
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline.intake import ASSUMED_AT_ONCE, Intake
from ml_exporter.pipeline.join_state import FeedCounters, JoinState
from ml_exporter.tallies import (
    Buckets,
    Budget,
    FeatureRegistry,
    Ladder,
    LatencyExemplars,
    SeriesRegistry,
    Statuses,
    discover,
)
from ml_exporter.tallies.naming import Registries, named

MOST_SEGMENT_VALUES = 10_000
"""Of a segment key in one place; which of them have a slice is decided by the exporter that takes the sums in."""


class UndecidedFeature(Exception):
    """A feature may be of either kind: places that count apart would each decide by the first value that they see."""


class Tallying:
    """Joins events by a ledger of its own and adds them up. Used by one thread."""

    def __init__(self, monitoring: Monitoring, ledger: Ledger, at: float) -> None:
        """Start with nothing counted.

        Args:
            monitoring: the configuration of the exporter that is to take the sums in.
            ledger: joins; what it holds already waits to be joined, and is not counted.
            at: the time of looking, which decides how fine the past is told, seconds since the epoch.

        Raises:
            UndecidedFeature: the configuration leaves the kind of a feature to its first value.
        """
        require_kinds(monitoring)
        models = [_unlimited(model) for model in monitoring.models]
        self._monitoring = monitoring.model_copy(update={"models": models})
        self._ledger = ledger
        self._at = at
        self._registry = SeriesRegistry(
            {model.name: model for model in models}, {model.name: Budget(0, 0, 0) for model in models}
        )
        self._statuses, self._features = Statuses(), FeatureRegistry()
        self._state = JoinState()
        self.forget()

    def forget(self) -> None:
        """Count from here on: what has been counted is forgotten, what waits to be joined stays."""
        self._state = JoinState(models=self._state.models)
        self._counters = FeedCounters()
        ladder = Ladder.of(self._monitoring.buckets)
        self._buckets = Buckets(discover(), ladder, ("label", "prediction"), judged=True)
        self._intake = Intake(
            self._monitoring,
            self._ledger,
            self._registry,
            self._statuses,
            self._features,
            self._buckets,
            self._state,
            LatencyExemplars(),
        )

    def take(self, events: Events) -> None:
        """Join events and add them up.

        Raises:
            StoreError: the ledger cannot be used.
        """
        with self._ledger.transaction():
            self._counters.events += len(events)
            self._counters.duplicates += int((~self._intake.take(events, self._counters, self._at)).sum())
        self._buckets.additions()

    def take_new(self, predictions: Predictions) -> None:
        """Add up predictions that were found to be new elsewhere, where their labels are joined, too."""
        if len(predictions):
            self._intake.tally_new(predictions, self._at)
            self._buckets.additions()

    def take_joined(self, events: JoinedEvents) -> None:
        """Add up pairs that were joined elsewhere."""
        if len(events):
            self._intake.tally_joined(events, self._counters, self._at)
            self._buckets.additions()

    def take_unjoined(self, predictions: Predictions) -> None:
        """Count predictions that no label has reached elsewhere: silence judges them, or they expire."""
        for code, name in predictions.model.present():
            own = predictions.take(predictions.model.codes == code)
            silence = self._monitoring.model(name).missing_label
            if silence is None:
                self._intake.expire_unjoined(own)
            else:
                labels = Labels(
                    prediction_id=own.prediction_id,
                    timestamp=own.timestamp + silence.after.seconds,
                    model=own.model,
                    actual=Categorical.constant(silence.actual, len(own)),
                    value=np.full(len(own), np.nan),
                )
                self._intake.count_assumed(own)
                self.take_joined(JoinedEvents(own, labels))

    def reject(self, reason: str, count: int) -> None:
        """Count events that could not be used."""
        self._counters.events += count
        self._counters.reject(reason, count)

    def advance(self, clocks: Mapping[str, float]) -> None:
        """Let time pass: silence judges, and what no label can reach any more expires.

        Args:
            clocks: model to the time of its newest event, seconds since the epoch.

        Raises:
            StoreError: the ledger cannot be used.
        """
        horizon = self._monitoring.label_horizon.seconds
        with self._ledger.transaction():
            for model, newest in clocks.items():
                while self._intake.assume_labels(model, newest, self._at) >= ASSUMED_AT_ONCE:
                    pass
                expired = self._ledger.expire_predictions(self._state.model_code(model), newest - horizon)
                for code, count in expired.items():
                    self._state.version(code).pending -= count
                    self._state.expired_predictions += count
            if clocks:
                self._ledger.expire_labels(max(clocks.values()) - horizon)
        self._buckets.additions()

    def tallied(self) -> TalliedEvents:
        """Return all that has been counted, under names."""
        registries: Registries = {"statuses": self._statuses, "features": self._features}
        return TalliedEvents(named(self._buckets, self._registry, registries), self._counts())

    def _counts(self) -> JoinCounts:
        versions = []
        for code, counted in sorted(self._state.versions.items()):
            key = self._registry.keys[code]
            versions.append(
                VersionCounts(
                    key.model,
                    key.version,
                    counted.pending,
                    counted.assumed,
                    counted.last_prediction,
                    counted.last_label,
                )
            )
        return JoinCounts(
            events=self._counters.events,
            duplicates=self._counters.duplicates,
            rejected=self._counters.rejected,
            label_conflicts=self._state.label_conflicts,
            label_corrections=self._state.label_corrections,
            expired_predictions=self._state.expired_predictions,
            newest=self._state.newest,
            versions=tuple(versions),
        )


def require_kinds(monitoring: Monitoring) -> None:
    """Look whether every feature has its kind.

    Raises:
        UndecidedFeature: one has not.
    """
    undecided = [
        f"{feature.name} of {model.name}"
        for model in monitoring.models
        for feature in model.features
        if not feature.kind
    ]
    if undecided:
        raise UndecidedFeature(
            f"features: {', '.join(undecided)}: the kind is left to the first value, and places that count apart see"
            " different first values; write kind: numeric or kind: categorical"
        )


def _unlimited(model: ModelSettings) -> ModelSettings:
    """Return a model whose limits are left to the exporter that takes the sums in."""
    return model.model_copy(update={"max_segment_values": MOST_SEGMENT_VALUES, "max_feature_rate": None})
