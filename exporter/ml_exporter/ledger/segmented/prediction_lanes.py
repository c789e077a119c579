"""Predictions in the ledger: a lane for each width of payload, so that rows of a narrow task stay small."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import PredictionRows, StoreError
from ml_exporter.ledger.segmented.facts import Facts
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.pairs import PredictionColumns
from ml_exporter.ledger.segmented.rows import Column, Rows
from ml_exporter.ledger.segmented.run import Run

PENDING, JUDGED, CONTESTED = 0, 1, 2
"""Flags. ``JUDGED``: by the one remembered label that concerns the prediction; where there is none, for good.
``CONTESTED``: what stands is kept among the standings."""

FIRST_ASSUMED, LAST_ASSUMED = 8, 253
"""Flags of predictions that are judged by silence: which assumption it was."""

PREFIX = "predictions-"
_NARROWEST = 2


@dataclass(frozen=True)
class Place:
    """Where some predictions are."""

    lane: Lane
    run: Run
    rows: NDArray[np.intp]


class PredictionLanes:
    """All predictions."""

    def __init__(self, facts: Facts, make_lane: Callable[[str], Lane]) -> None:
        """Take the lanes that the facts know.

        Args:
            facts: of the store.
            make_lane: returns the lane of a name.
        """
        self._facts = facts
        self._make_lane = make_lane
        self.by_name = {name: make_lane(name) for name in facts.lanes if name.startswith(PREFIX)}
        self._model_of = np.full(1, -1, dtype=np.int32)
        for series, model in facts.models.items():
            self._note_model(series, model)

    @property
    def lanes(self) -> list[Lane]:
        """The lanes, those of narrow rows first."""
        return sorted(self.by_name.values(), key=lambda lane: int(lane.name.removeprefix(PREFIX)))

    def owner(self, run: Run, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """Return the model of rows."""
        return self._model_of[run.column("series", rows)]

    def note_models(self, series: NDArray[np.int32], model: NDArray[np.int32]) -> None:
        """Learn to which model overall series belong.

        Raises:
            StoreError: a series belonged to another model before.
        """
        if int(series.max()) < len(self._model_of) and (self._model_of[series] == model).all():
            return
        for code, first in zip(*np.unique(series, return_index=True), strict=True):
            known = self._facts.models.setdefault(int(code), int(model[first]))
            self._note_model(int(code), known)
        if (self._model_of[series] != model).any():
            raise StoreError("a series belongs to two models; the store is of another configuration")

    def _note_model(self, series: int, model: int) -> None:
        if series >= len(self._model_of):
            more = max(series + 1, 2 * len(self._model_of)) - len(self._model_of)
            self._model_of = np.pad(self._model_of, (0, more), constant_values=-1)
        self._model_of[series] = model

    def find(self, hashes: NDArray[np.uint64]) -> Iterator[tuple[Lane, Run, Found]]:
        """Return the predictions that have one of the hashes."""
        for lane in self.lanes:
            for run, found in lane.find(hashes):
                yield lane, run, found

    def add(
        self, rows: PredictionRows, hashes: NDArray[np.uint64], chosen: NDArray[np.intp], flags: NDArray[np.uint8]
    ) -> list[tuple[Place, NDArray[np.intp]]]:
        """Add the chosen rows.

        Args:
            rows: a batch.
            hashes: of all its ids.
            chosen: which rows are added.
            flags: of the chosen rows.

        Returns:
            Where they are, and which of the chosen rows those are.
        """
        added = []
        width = _lane_width(rows.payload[chosen])
        for own_width in np.flatnonzero(np.bincount(width)).tolist():
            of_chosen = np.flatnonzero(width == own_width)
            own = chosen[of_chosen] if len(of_chosen) < len(hashes) else slice(None)
            lane = self._lane(own_width)
            columns: dict[str, Column] = {
                "time": rows.timestamp[own],
                "series": rows.series[own],
                "payload": _of_width(rows.payload[own], own_width),
            }
            done = 0
            for run, places in lane.append(Rows(hashes[own], flags[of_chosen], columns)):
                added.append((Place(lane, run, places), of_chosen[done : done + len(places)]))
                done += len(places)
        return added

    def _lane(self, width: int) -> Lane:
        name = f"{PREFIX}{width}"
        if name not in self.by_name:
            self.by_name[name] = self._make_lane(name)
        return self.by_name[name]


def _lane_width(payload: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the width of the lane of each row: how many columns it needs, rounded up to a power of two."""
    rows, columns = payload.shape
    needed = np.full(rows, _NARROWEST, dtype=np.intp)
    for column in range(_NARROWEST, columns):
        needed[~np.isnan(payload[:, column])] = 1 << column.bit_length()
    return needed


def _of_width(payload: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    missing = width - payload.shape[1]
    if missing <= 0:
        return payload[:, :width]
    return np.pad(payload, ((0, 0), (0, missing)), constant_values=np.nan)


def prediction_columns(run: Run, rows: NDArray[np.intp]) -> PredictionColumns:
    """Return what of predictions goes into a pair."""
    return PredictionColumns(run.matrix("series", rows), run.column("time", rows), run.matrix("payload", rows))
