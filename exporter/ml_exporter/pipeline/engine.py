"""The engine: batches in, snapshots out. One transaction a batch and one a tick; no threads, no waiting."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.detectors import ObjectiveJudge
from ml_exporter.detectors.degradation import PREFIX as DEGRADATION_PREFIX
from ml_exporter.detectors.degradation import DegradationJudge, Reference
from ml_exporter.detectors.drift import PREFIX as DRIFT_PREFIX
from ml_exporter.detectors.drift import DriftWatch
from ml_exporter.detectors.objective import STATE as OBJECTIVE_STATE
from ml_exporter.feeds import Batch
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline.baseline_requests import BaselineRequest
from ml_exporter.pipeline.closing import close_buckets
from ml_exporter.pipeline.expiry import expire
from ml_exporter.pipeline.intake import Intake
from ml_exporter.pipeline.join_state import STATE as JOIN_STATE
from ml_exporter.pipeline.join_state import JoinState
from ml_exporter.pipeline.retirement import live_series
from ml_exporter.pipeline.silence import assume_labels
from ml_exporter.pipeline.status import FeedStatus
from ml_exporter.snapshot import (
    FeedObservation,
    Observation,
    Renderer,
    Snapshot,
    VersionObservation,
    make_snapshot,
)
from ml_exporter.tallies import (
    Buckets,
    DamagedState,
    FeatureRegistry,
    Ladder,
    LatencyExemplars,
    Meanings,
    SeriesRegistry,
    Statuses,
    budget,
    discover,
    journal,
)
from ml_exporter.tallies.feature_registry import STATE as FEATURE_STATE
from ml_exporter.tallies.joining import BY_AGE
from ml_exporter.tallies.meaning import STATE as MEANING_STATE
from ml_exporter.tallies.series import FOLDED_PREFIX
from ml_exporter.tallies.series import STATE as SERIES_STATE
from ml_exporter.tallies.serving import STATUS_LIMIT
from ml_exporter.tallies.statuses import STATE as STATUS_STATE
from ml_exporter.windows import by_age, lifetimes, windows_at


class Engine:
    """Everything between a batch and a snapshot. Used by one thread."""

    def __init__(
        self, monitoring: Monitoring, ledger: Ledger, references: Mapping[str, Reference] | None = None
    ) -> None:
        """Take up the work where the ledger's content left it.

        Args:
            monitoring: the configuration.
            ledger: keeps everything.
            references: model to the outcomes that its baselines are learnt from, where it has a reference.

        Raises:
            StoreError: the store cannot be used.
            DamagedState: the stored state is damaged.
            ChangedMeaning: the configuration would read the stored state as something else.
        """
        self._monitoring = monitoring
        self._ledger = ledger
        self._references = references or {}
        self._outdated = True
        """Whether what is in memory may differ from what is stored."""

        self._exemplars = LatencyExemplars()
        self._renderer = Renderer()
        self._tick_seconds = 0.0
        """How long the last tick took, its rendering included."""

        with self._transaction():
            pass

    @contextmanager
    def _transaction(self, *, acknowledged: bool = False) -> Iterator[None]:
        """Do everything within or nothing, in the store and in memory: after a failure memory follows the store."""
        try:
            with self._ledger.transaction(acknowledged=acknowledged):
                if self._outdated:
                    self._restore()
                yield
        except BaseException:
            self._outdated = True
            raise

    def _restore(self) -> None:
        """Load the state that the ledger keeps: after a restart, and after a transaction that failed."""
        try:
            self._load()
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DamagedState(f"the state in the store is damaged ({error})") from error
        self._outdated = False

    def _load(self) -> None:
        models = {model.name: model for model in self._monitoring.models}
        budgets = {name: budget(model, self._monitoring) for name, model in models.items()}
        by_prediction = self._monitoring.window_by == "prediction"
        self._registry = SeriesRegistry(models, budgets)
        self._registry.restore(self._ledger.read(SERIES_STATE), self._ledger.read_all(FOLDED_PREFIX))
        self._meanings = Meanings(models, self._registry)
        self._meanings.restore(self._ledger.read(MEANING_STATE))
        self._statuses = Statuses()
        self._statuses.restore(self._ledger.read(STATUS_STATE))
        self._features = FeatureRegistry()
        self._features.restore(self._ledger.read(FEATURE_STATE))
        self._buckets = Buckets(
            discover(),
            Ladder.of(self._monitoring.buckets),
            ("label", "prediction") if by_prediction else ("label",),
            judged=self._monitoring.detection.enabled,
        )
        entries = self._ledger.read_all(journal.PREFIX)
        self._journal = journal.Journal(entries)
        self._buckets.restore(self._ledger.read_all(Buckets.prefix()), journal.additions(entries))
        self._state = JoinState.restored(self._ledger.read(JOIN_STATE))
        self._buckets.closed_until = self._state.closed_until
        self._judge = ObjectiveJudge(self._monitoring)
        self._judge.restore(self._ledger.read(OBJECTIVE_STATE))
        self._degradation = DegradationJudge(self._monitoring, self._references)
        self._degradation.restore(self._ledger.read_all(DEGRADATION_PREFIX), self._buckets)
        for name, reference in self._references.items():
            self._features.adopt(models[name], reference.features)
        self._drift = DriftWatch(self._monitoring, self._references)
        self._drift.restore(self._ledger.read_all(DRIFT_PREFIX))
        self._intake = Intake(
            self._monitoring,
            self._ledger,
            self._registry,
            self._statuses,
            self._features,
            self._buckets,
            self._state,
            self._exemplars,
        )

    def position(self, feed: str) -> bytes | None:
        """Return where a feed stands: everything before it is durable."""
        return self._ledger.read(_position_name(feed))

    def process(self, batch: Batch, at: float, *, acknowledged: bool = False) -> NDArray[np.bool_]:
        """Take one batch in. Its outcomes, its counts and the feed's position become durable together.

        Args:
            batch: from a feed that is configured.
            at: the time of looking, seconds since the epoch.
            acknowledged: whether it must survive a power cut from then on, because its sender is told so.

        Returns:
            (usable events,): False for a duplicate of an event that is known already.

        Raises:
            StoreError: nothing of the batch has been taken; it can be tried again.
        """
        with self._transaction(acknowledged=acknowledged):
            new = self._take(batch, at)
            self._ledger.write(_position_name(batch.feed), batch.position)
            self._write(self._journal.entry(self._buckets.additions()))
            self._write_join()
        return new

    def _take(self, batch: Batch, at: float) -> NDArray[np.bool_]:
        counters = self._state.feed(batch.feed)
        counters.events += batch.read
        counters.truncations += batch.truncations
        counters.lost += batch.lost
        counters.left = batch.events_left
        counters.last_event = max(counters.last_event, batch.newest)
        for rejection in batch.rejections:
            counters.reject(rejection.reason)
        new = self._intake.take(batch.events, counters, at)
        counters.duplicates += int((~new).sum())
        return new

    def _write(self, changes: Iterable[tuple[str, bytes | None]]) -> None:
        for name, content in changes:
            self._ledger.write(name, content)

    def _write_join(self) -> None:
        """Write what the join counts and names; the sums of the buckets are written apart, they are large."""
        self._ledger.write(JOIN_STATE, self._state.to_bytes())
        for changed in (self._registry, self._meanings, self._statuses, self._features):
            self._write(changed.changes())

    def reference(self, model: str) -> Reference | None:
        """Return what a model's first version has seen, for others to learn from; ``None`` before any outcome."""
        for code, key in enumerate(self._registry.keys):
            if key.model == model and not key.is_slice:
                return Reference(self._buckets, code, self._features)
        return None

    def change_baselines(self, request: BaselineRequest, at: float) -> int:
        """Freeze or reset baselines; return how many.

        Args:
            request: which, and what is to be done.
            at: the time, seconds since the epoch.

        Raises:
            StoreError: nothing has changed; it can be tried again.
        """
        with self._transaction():
            if request.action == "freeze":
                count = self._degradation.freeze(request.fits, at)
            else:
                count = self._degradation.reset(request.fits, at, request.since)
            if request.metric is None:
                self._change_drift_baselines(request)
            self._write(self._degradation.changes())
            self._write(self._drift.changes())
        return count

    def _change_drift_baselines(self, request: BaselineRequest) -> None:
        """Freeze or reset what features and predictions are compared with: it belongs to no single metric."""
        codes = [
            code
            for code, key in enumerate(self._registry.keys)
            if not key.is_slice and key.model == request.model_name and request.model_version in (None, key.version)
        ]
        if request.action == "freeze":
            self._drift.freeze(codes)
        else:
            self._drift.reset(codes, request.since)

    def tick(self, at: float, feeds: Mapping[str, FeedStatus]) -> Snapshot:
        """Compute every metric and judge it.

        Args:
            at: the end of the windows, seconds since the epoch.
            feeds: the state of every feed's reader.

        Raises:
            StoreError: nothing has changed; it can be tried again.
        """
        started = time.perf_counter()
        with self._transaction():
            assume_labels(self._monitoring, self._intake, self._state, feeds, at)
            expire(self._monitoring, self._ledger, self._state, feeds)
            self._buckets.roll_up(at)
            close_buckets(self._monitoring, self._state, feeds, at)
            self._buckets.closed_until = self._state.closed_until
            windows = windows_at(self._buckets, self._monitoring.windows, self._monitoring.window_by, at)
            series = live_series(self._monitoring, self._registry.keys, self._state, at)
            self._registry.retire_all_but(key for _, key in series)
            versions = [(code, key) for code, key in series if not key.is_slice]
            verdicts = self._judge.judge(versions, {window.label: window for window in windows})
            degradations = self._degradation.judge(self._buckets, series, self._state.closed_until, windows[0])
            self._drift.learn(self._buckets, self._features, versions, self._state.closed_until)
            self._write(self._drift.changes())
            self._ledger.write(OBJECTIVE_STATE, self._judge.to_bytes())
            self._write(self._degradation.changes())
            self._write(self._buckets.changes())
            self._write(self._journal.forgotten())
            self._write_join()
            unmatched_labels = self._ledger.unmatched_labels()
            positions = {feed.name: self.position(feed.name) for feed in self._monitoring.feeds}
        self._exemplars.keep_only(code for code, _ in versions)
        features, predicted = self._drift.compare(self._buckets, self._features, versions, windows)
        observation = Observation(
            at=at,
            monitoring=self._monitoring,
            series=series,
            windows=windows,
            ages=by_age(self._buckets, BY_AGE, self._monitoring.windows, at),
            lifetime=lifetimes(self._buckets),
            past=self._buckets.past(),
            statuses=[self._statuses.name(code) for code in range(STATUS_LIMIT)],
            versions={code: self._version_observation(code) for code, _ in versions},
            verdicts=verdicts,
            degradations=degradations,
            anomalies=self._degradation.anomalies,
            exemplars={key: self._exemplars.of(code) for code, key in versions},
            features=features,
            predicted=predicted,
            feeds={
                feed.name: self._feed_observation(feed, feeds, positions[feed.name]) for feed in self._monitoring.feeds
            },
            catching_up=self._catching_up(feeds),
            label_conflicts=self._state.label_conflicts,
            label_corrections=self._state.label_corrections,
            unmatched_labels=unmatched_labels,
            expired_predictions=self._state.expired_predictions,
            late_outcomes=self._state.late_outcomes,
            series_kept=self._series_kept(),
            series_folded={model.name: self._registry.folded(model.name) for model in self._monitoring.models},
            tick_seconds=self._tick_seconds,
        )
        snapshot = make_snapshot(observation, self._renderer)
        self._tick_seconds = time.perf_counter() - started
        return snapshot

    def _version_observation(self, code: int) -> VersionObservation:
        state = self._state.version(code)
        return VersionObservation(state.pending, state.assumed, state.last_prediction, state.last_label)

    def _feed_observation(
        self, feed: FeedSettings, statuses: Mapping[str, FeedStatus], position: bytes | None
    ) -> FeedObservation:
        counters, status = self._state.feed(feed.name), statuses.get(feed.name, FeedStatus())
        return FeedObservation(
            kind=feed.events,
            events=counters.events,
            rejected=dict(counters.rejected),
            duplicates=counters.duplicates,
            truncations=counters.truncations,
            lost=counters.lost,
            left=counters.left,
            errors=status.errors,
            last_event=counters.last_event,
            behind=status.behind,
            failing=status.failing,
            position=position,
        )

    def _catching_up(self, feeds: Mapping[str, FeedStatus]) -> dict[str, bool]:
        return {
            model.name: any(
                feeds.get(feed.name, FeedStatus()).behind
                for feed in self._monitoring.feeds
                if model in self._monitoring.models_of(feed)
            )
            for model in self._monitoring.models
        }

    def _series_kept(self) -> dict[str, int]:
        counted = Counter(key.model for key in self._registry.keys)
        return {model.name: counted[model.name] for model in self._monitoring.models}


def _position_name(feed: str) -> str:
    return f"position/{feed}"
