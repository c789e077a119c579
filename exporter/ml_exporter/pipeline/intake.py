"""Intake: what a batch does to the ledger and to the tallies. Called within one transaction of the ledger."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.events import Categorical, Labels, Outcomes, Predictions
from ml_exporter.ledger import JudgedPredictions, LabelRows, Ledger, PredictionRows
from ml_exporter.pipeline.join_state import FeedCounters, JoinState, newest_by
from ml_exporter.tallies import SUCCESS, AcceptedPredictions, Buckets, SeriesRegistry, Statuses


class Intake:
    """Takes batches in: series, ledger, tallies, counters."""

    def __init__(
        self,
        monitoring: Monitoring,
        ledger: Ledger,
        registry: SeriesRegistry,
        statuses: Statuses,
        buckets: Buckets,
        state: JoinState,
    ) -> None:
        self._models: Mapping[str, ModelSettings] = {model.name: model for model in monitoring.models}
        self._ledger = ledger
        self._registry = registry
        self._statuses = statuses
        self._buckets = buckets
        self._state = state

    def take_predictions(self, predictions: Predictions, counters: FeedCounters, at: float) -> None:
        """Join, count and time predictions.

        Args:
            predictions: valid rows; failed requests among them are counted and timed only.
            counters: of the feed that brought them.
            at: the time of looking, which decides how fine the past is kept.
        """
        series = self._registry.assign(predictions)
        succeeded = np.array([name == SUCCESS for name in predictions.status.values])[predictions.status.codes]
        accepted = ~succeeded
        accepted[succeeded] = self._join_predictions(predictions.take(succeeded), series[succeeded], counters, at)
        self._tally_predictions(predictions.take(accepted), series[accepted], succeeded[accepted], at)
        for code, time in newest_by(series[:, 0], predictions.timestamp).items():
            version = self._state.version(code)
            version.last_prediction = max(version.last_prediction, time)
        self._saw(predictions.model, predictions.timestamp)

    def _tally_predictions(
        self, predictions: Predictions, series: NDArray[np.int32], succeeded: NDArray[np.bool_], at: float
    ) -> None:
        statuses = self._statuses.encode(predictions.status)
        for code, name in enumerate(predictions.model.values):
            rows = np.flatnonzero(predictions.model.codes == code)
            if not len(rows):
                continue
            own, settings = predictions.take(rows), self._models[name]
            slow = settings.slow_request_seconds
            accepted = AcceptedPredictions(
                series=series[rows],
                timestamp=own.timestamp,
                status=statuses[rows],
                joinable=succeeded[rows],
                latency=own.latency,
                slow=np.nan_to_num(own.latency, nan=0.0) > (np.inf if slow is None else slow),
                payload=own.payload[:, : settings.definition.payload_columns],
                features=own.features,
            )
            self._buckets.fold_predictions(accepted, settings, at)

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
                payload=predictions.payload,
            )
        )
        for code, count in _counts(series[joined.accepted, 0]).items():
            self._state.version(code).pending += count
        counters.duplicates += int((~joined.accepted).sum())
        self._state.label_conflicts += joined.conflicts
        self._take_outcomes(joined.judged, counters, at)
        return joined.accepted

    def take_labels(self, labels: Labels, counters: FeedCounters, at: float) -> None:
        """Join labels. Arguments as for ``take_predictions``."""
        joined = self._ledger.add_labels(
            LabelRows(
                model=self._model_codes(labels.model),
                prediction_id=labels.prediction_id,
                timestamp=labels.timestamp,
                actual=labels.actual,
            )
        )
        counters.duplicates += int((~joined.accepted).sum())
        self._state.label_conflicts += joined.conflicts
        self._saw(labels.model, labels.timestamp)
        self._take_outcomes(joined.judged, counters, at)

    def _take_outcomes(self, judged: JudgedPredictions, counters: FeedCounters, at: float) -> None:
        if not len(judged.prediction_time):
            return
        overall = judged.series[:, 0]
        for code, count in _counts(overall).items():
            self._state.version(code).pending -= count
        for code, time in newest_by(overall, judged.label_time).items():
            version = self._state.version(code)
            version.last_label = max(version.last_label, time)
            self._state.saw(self._registry.keys[code].model, time)
        self._state.late_outcomes += int((judged.label_time < self._state.closed_until).sum())
        for model, rows in self._rows_by_model(overall).items():
            self._fold_outcomes(model, judged, rows, counters, at)

    def _rows_by_model(self, overall: NDArray[np.int32]) -> dict[str, NDArray[np.bool_]]:
        """Return the rows of each configured model: predictions may wait of one that is configured no longer."""
        codes: dict[str, list[int]] = {}
        for code in np.unique(overall).tolist():
            codes.setdefault(self._registry.keys[code].model, []).append(code)
        return {model: np.isin(overall, own) for model, own in codes.items() if model in self._models}

    def _fold_outcomes(
        self,
        model: str,
        judged: JudgedPredictions,
        rows: NDArray[np.bool_],
        counters: FeedCounters,
        at: float,
    ) -> None:
        settings = self._models[model]
        payload = _columns(judged.payload[rows], settings.definition.payload_columns)
        actual = settings.definition.truth(judged.actual.take(rows), payload)
        usable = ~np.isnan(actual[:, 0])
        if not usable.all():
            counters.reject("bad_value", int((~usable).sum()))
        chosen = np.flatnonzero(rows)[usable]
        outcomes = Outcomes(
            series=judged.series[chosen],
            prediction_time=judged.prediction_time[chosen],
            label_time=judged.label_time[chosen],
            payload=payload[usable],
            actual=actual[usable],
            value=np.full(len(chosen), np.nan),
        )
        self._buckets.fold_outcomes(outcomes, settings, at)

    def _model_codes(self, model: Categorical) -> NDArray[np.int32]:
        codes = [self._state.model_code(name) for name in model.values]
        return np.array([*codes, -1], dtype=np.int32)[model.codes]

    def _saw(self, model: Categorical, times: NDArray[np.float64]) -> None:
        for code, time in newest_by(model.codes, times).items():
            self._state.saw(model.values[code], time)


def _columns(payload: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """Return so many columns of a payload: a batch is as wide as its widest task, old rows may be narrower."""
    missing = columns - payload.shape[1]
    return payload[:, :columns] if missing <= 0 else np.pad(payload, ((0, 0), (0, missing)), constant_values=np.nan)


def _counts(codes: NDArray[np.int32]) -> dict[int, int]:
    unique, counts = np.unique(codes, return_counts=True)
    return dict(zip(unique.tolist(), counts.tolist(), strict=True))
