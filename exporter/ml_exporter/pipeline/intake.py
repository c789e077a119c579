"""Intake: what a batch does to the ledger and to the tallies. Called within one transaction of the ledger."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.events import Categorical, JoinedEvents, Labels, Outcomes, Predictions, TalliedEvents
from ml_exporter.feeds import Events
from ml_exporter.ledger import Joined, JudgedPredictions, LabelRows, Ledger, PredictionRows
from ml_exporter.pipeline.feature_sample import chosen, rate_before
from ml_exporter.pipeline.join_state import FeedCounters, JoinState, newest_by
from ml_exporter.pipeline.tallied import TalliedIntake
from ml_exporter.tallies import (
    SUCCESS,
    AcceptedPredictions,
    Buckets,
    FeatureRegistry,
    LatencyExemplars,
    SeriesRegistry,
    Statuses,
)
from ml_exporter.tallies.feature_registry import EncodedFeature

ASSUMED_AT_ONCE = 20_000
"""So many predictions are judged by silence in one go, like a batch."""


class Intake:
    """Takes batches in: series, ledger, tallies, counters."""

    def __init__(
        self,
        monitoring: Monitoring,
        ledger: Ledger,
        registry: SeriesRegistry,
        statuses: Statuses,
        features: FeatureRegistry,
        buckets: Buckets,
        state: JoinState,
        exemplars: LatencyExemplars,
    ) -> None:
        self._models: Mapping[str, ModelSettings] = {model.name: model for model in monitoring.models}
        self._ledger = ledger
        self._registry = registry
        self._statuses = statuses
        self._features = features
        self._buckets = buckets
        self._state = state
        self._exemplars = exemplars
        tallied = TalliedIntake(self._models, registry, statuses, features, buckets, state)
        self._takers: Mapping[type, Callable[[Any, FeedCounters, float], NDArray[np.bool_]]] = {
            Predictions: self.take_predictions,
            Labels: self.take_labels,
            JoinedEvents: self._take_joined_events,
            TalliedEvents: tallied.take,
        }

    def take(self, events: Events, counters: FeedCounters, at: float) -> NDArray[np.bool_]:
        """Take in what a batch holds.

        Args:
            events: of any kind.
            counters: of the feed that brought them.
            at: the time of looking, which decides how fine the past is kept.

        Returns:
            (events,): False for one that is known already. Empty where single events are not told apart.
        """
        return self._takers[type(events)](events, counters, at)

    def _take_joined_events(self, events: JoinedEvents, counters: FeedCounters, at: float) -> NDArray[np.bool_]:
        """Take rows that are a prediction and its label: one is known if both are."""
        new = self.take_predictions(events.predictions, counters, at)
        return new | self.take_labels(events.labels, counters, at)

    def take_predictions(self, predictions: Predictions, counters: FeedCounters, at: float) -> NDArray[np.bool_]:
        """Join, count and time predictions.

        Args:
            predictions: valid rows; failed requests among them are counted and timed only.
            counters: of the feed that brought them.
            at: the time of looking, which decides how fine the past is kept.

        Returns:
            (rows,): False for a duplicate of an event that is known already.
        """
        if not len(predictions):
            return np.empty(0, dtype=np.bool_)
        series = self._registry.assign(predictions)
        succeeded = np.array([name == SUCCESS for name in predictions.status.values])[predictions.status.codes]
        accepted = ~succeeded
        accepted[succeeded] = self._join_predictions(predictions.take(succeeded), series[succeeded], counters, at)
        self._tally_predictions(predictions.take(accepted), series[accepted], succeeded[accepted], at)
        self._note_predictions(predictions, series)
        return accepted

    def tally_new(self, predictions: Predictions, at: float) -> None:
        """Count and time predictions that were found to be new elsewhere; their labels are joined there, too."""
        series = self._registry.assign(predictions)
        succeeded = np.array([name == SUCCESS for name in predictions.status.values])[predictions.status.codes]
        for code, count in _counts(series[succeeded, 0]).items():
            self._state.version(code).pending += count
        self._tally_predictions(predictions, series, succeeded, at)
        self._note_predictions(predictions, series)

    def tally_joined(self, events: JoinedEvents, counters: FeedCounters, at: float) -> None:
        """Tally pairs that were joined elsewhere; their predictions have been counted, or are elsewhere."""
        rows = len(events)
        judged = JudgedPredictions(
            series=self._registry.assign(events.predictions),
            prediction_time=events.predictions.timestamp,
            label_time=events.labels.timestamp,
            payload=self._with_values(events.predictions),
            actual=events.labels.actual,
            value=events.labels.value,
        )
        nothing = np.zeros(rows, dtype=np.bool_)
        self._take_joined(Joined(judged, ~nothing, 0, _pairs(judged, nothing), nothing), counters, at)

    def expire_unjoined(self, predictions: Predictions) -> None:
        """Count predictions that no label has reached elsewhere."""
        for code, count in _counts(self._registry.assign(predictions)[:, 0]).items():
            self._state.version(code).pending -= count
            self._state.expired_predictions += count

    def count_assumed(self, predictions: Predictions) -> None:
        """Count predictions that are judged by silence elsewhere."""
        for code, count in _counts(self._registry.assign(predictions)[:, 0]).items():
            self._state.version(code).assumed += count

    def _note_predictions(self, predictions: Predictions, series: NDArray[np.int32]) -> None:
        """Note when versions have predicted last."""
        for code, time in newest_by(series[:, 0], predictions.timestamp).items():
            version = self._state.version(code)
            version.last_prediction = max(version.last_prediction, time)
        self._saw(predictions.model, predictions.timestamp)

    def _tally_predictions(
        self, predictions: Predictions, series: NDArray[np.int32], succeeded: NDArray[np.bool_], at: float
    ) -> None:
        statuses = self._statuses.encode(predictions.status)
        for code, name in predictions.model.present():
            rows = np.flatnonzero(predictions.model.codes == code)
            own, settings = predictions.take(rows), self._models[name]
            sampled = self._sample(settings, own, succeeded[rows], at)
            slow = settings.slow_request_seconds
            accepted = AcceptedPredictions(
                series=series[rows],
                timestamp=own.timestamp,
                status=statuses[rows],
                joinable=succeeded[rows],
                latency=own.latency,
                slow=np.nan_to_num(own.latency, nan=0.0) > (np.inf if slow is None else slow),
                payload=own.payload[:, : settings.definition.payload_columns],
                sampled=sampled,
                features=self._encoded(settings, own, sampled),
            )
            self._buckets.fold_predictions(accepted, settings, at)
            self._exemplars.note(accepted, own)

    def _sample(
        self, model: ModelSettings, predictions: Predictions, succeeded: NDArray[np.bool_], at: float
    ) -> NDArray[np.bool_]:
        """Choose whose features are looked at; what a failed request was asked about does not count."""
        if model.max_feature_rate is None or not model.features:
            return succeeded
        made = {code for code, key in enumerate(self._registry.keys) if key.model == model.name}
        rate = rate_before(self._buckets, made, predictions.timestamp, succeeded, at)
        return succeeded & chosen(predictions.prediction_id, rate, model.max_feature_rate)

    def _encoded(
        self, model: ModelSettings, predictions: Predictions, sampled: NDArray[np.bool_]
    ) -> list[EncodedFeature]:
        """Return the features that a model watches."""
        features = {name: column.take(sampled) for name, column in predictions.features.items()}
        return self._features.encode(model, features, int(sampled.sum()))

    def _join_predictions(
        self, predictions: Predictions, series: NDArray[np.int32], counters: FeedCounters, at: float
    ) -> NDArray[np.bool_]:
        if not len(predictions):
            return np.empty(0, dtype=np.bool_)
        joined = self._ledger.add_predictions(
            PredictionRows(
                series=series,
                model=self._model_codes(predictions.model),
                prediction_id=predictions.prediction_id,
                timestamp=predictions.timestamp,
                payload=self._with_values(predictions),
            ),
            self._correction_windows(),
        )
        for code, count in _counts(series[joined.accepted, 0]).items():
            self._state.version(code).pending += count
        self._take_joined(joined, counters, at)
        return joined.accepted

    def _with_values(self, predictions: Predictions) -> NDArray[np.float64]:
        """Return the payload with the value at stake behind the columns of the task, for models that have one."""
        payload = predictions.payload
        for code, name in predictions.model.present():
            settings = self._models[name]
            if "value" in settings.offers:
                width = settings.definition.payload_columns
                payload = _columns(payload, max(width + 1, payload.shape[1])).copy()
                rows = predictions.model.codes == code
                payload[rows, width] = predictions.value[rows]
        return payload

    def _correction_windows(self) -> dict[int, float]:
        return {
            self._state.model_code(name): settings.correction_window.seconds
            for name, settings in self._models.items()
            if settings.correction_window is not None
        }

    def take_labels(self, labels: Labels, counters: FeedCounters, at: float) -> NDArray[np.bool_]:
        """Join labels; otherwise as ``take_predictions``."""
        if not len(labels):
            return np.empty(0, dtype=np.bool_)
        joined = self._ledger.add_labels(
            LabelRows(
                model=self._model_codes(labels.model),
                prediction_id=labels.prediction_id,
                timestamp=labels.timestamp,
                actual=labels.actual,
                value=labels.value,
            ),
            self._correction_windows(),
        )
        self._saw(labels.model, labels.timestamp)
        self._take_joined(joined, counters, at)
        return joined.accepted

    def assume_labels(self, model: str, newest: float, at: float) -> int:
        """Judge by silence what no label has reached in time.

        Args:
            model: a model for which silence means something.
            newest: the time of its newest event, seconds since the epoch.
            at: the time of looking.

        Returns:
            How many predictions were judged; where it is ``ASSUMED_AT_ONCE``, there may be more.
        """
        silence = self._models[model].missing_label
        if silence is None:
            return 0
        joined = self._ledger.assume_labels(
            self._state.model_code(model),
            newest - silence.after.seconds,
            silence.actual,
            silence.after.seconds,
            ASSUMED_AT_ONCE,
        )
        for code, count in _counts(joined.judged.series[:, 0]).items():
            self._state.version(code).assumed += count
        self._take_joined(joined, FeedCounters(), at)
        return len(joined.judged.prediction_time)

    def _take_joined(self, joined: Joined, counters: FeedCounters, at: float) -> None:
        """Tally what the ledger joined: new outcomes, and those that take the place of others."""
        self._state.label_conflicts += joined.conflicts
        self._state.label_corrections += joined.corrections
        if not len(joined.judged.prediction_time):
            return
        fresh = ~joined.replaces
        self._note_judged(_pairs(joined.judged, fresh))
        for model, rows in self._rows_by_model(joined.judged.series[:, 0]).items():
            outcomes = self._outcomes(model, _pairs(joined.judged, rows & fresh), counters)
            self._buckets.fold_outcomes(outcomes, self._models[model], at)
        if joined.corrections:
            self._correct(joined, at)

    def _correct(self, joined: Joined, at: float) -> None:
        judged, ignored = _pairs(joined.judged, joined.replaces), FeedCounters()
        retracted_rows = self._rows_by_model(joined.retracted.series[:, 0])
        judged_rows = self._rows_by_model(judged.series[:, 0])
        for model, rows in retracted_rows.items():
            retracted = self._outcomes(model, _pairs(joined.retracted, rows), ignored)
            self._buckets.correct_outcomes(
                retracted, self._outcomes(model, _pairs(judged, judged_rows[model]), ignored), self._models[model], at
            )

    def _note_judged(self, judged: JudgedPredictions) -> None:
        """Count predictions that are pending no longer, and note when their labels were given."""
        overall = judged.series[:, 0]
        for code, count in _counts(overall).items():
            self._state.version(code).pending -= count
        for code, time in newest_by(overall, judged.label_time).items():
            version = self._state.version(code)
            version.last_label = max(version.last_label, time)
            self._state.saw(self._registry.keys[code].model, time)
        self._state.late_outcomes += int((judged.label_time < self._state.closed_until).sum())

    def _rows_by_model(self, overall: NDArray[np.int32]) -> dict[str, NDArray[np.bool_]]:
        """Return the rows of each configured model: predictions may wait of one that is configured no longer."""
        codes: dict[str, list[int]] = {}
        for code in np.unique(overall).tolist():
            codes.setdefault(self._registry.keys[code].model, []).append(code)
        return {model: np.isin(overall, own) for model, own in codes.items() if model in self._models}

    def _outcomes(self, model: str, judged: JudgedPredictions, counters: FeedCounters) -> Outcomes:
        """Write pairs of one model as its task does; a label that means nothing to it counts as a bad value."""
        settings = self._models[model]
        width = settings.definition.payload_columns
        payload = _columns(judged.payload, width + 1)
        actual = settings.definition.truth(judged.actual, payload[:, :width])
        usable = ~np.isnan(actual[:, 0])
        if not usable.all():
            counters.reject("bad_value", int((~usable).sum()))
        at_stake = payload[:, width] if "value" in settings.offers else np.full(len(payload), np.nan)
        value = np.where(np.isnan(judged.value), at_stake, judged.value)
        return Outcomes(
            series=judged.series[usable],
            prediction_time=judged.prediction_time[usable],
            label_time=judged.label_time[usable],
            payload=payload[usable, :width],
            actual=actual[usable],
            value=value[usable],
        )

    def _model_codes(self, model: Categorical) -> NDArray[np.int32]:
        codes = np.full(len(model.values) + 1, -1, dtype=np.int32)
        for code, name in model.present():
            codes[code] = self._state.model_code(name)
        return codes[model.codes]

    def _saw(self, model: Categorical, times: NDArray[np.float64]) -> None:
        for code, time in newest_by(model.codes, times).items():
            self._state.saw(model.values[code], time)


def _pairs(judged: JudgedPredictions, rows: NDArray[np.bool_]) -> JudgedPredictions:
    """Return the chosen pairs."""
    return JudgedPredictions(
        series=judged.series[rows],
        prediction_time=judged.prediction_time[rows],
        label_time=judged.label_time[rows],
        payload=judged.payload[rows],
        actual=judged.actual.take(rows),
        value=judged.value[rows],
    )


def _columns(payload: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """Return so many columns of a payload: a batch is as wide as its widest task, old rows may be narrower."""
    missing = columns - payload.shape[1]
    return payload[:, :columns] if missing <= 0 else np.pad(payload, ((0, 0), (0, missing)), constant_values=np.nan)


def _counts(codes: NDArray[np.int32]) -> dict[int, int]:
    unique, counts = np.unique(codes, return_counts=True)
    return dict(zip(unique.tolist(), counts.tolist(), strict=True))
