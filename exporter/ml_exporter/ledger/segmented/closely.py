"""Labels that are taken one by one, because more than one word is said of their id. Few of a batch, as a rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import ANY_MODEL, CorrectionWindows, LabelRows
from ml_exporter.ledger.judgement import Standing, Word
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.meeting import Meeting
from ml_exporter.ledger.segmented.pairs import Effects
from ml_exporter.ledger.segmented.prediction_lanes import CONTESTED, JUDGED, PENDING, prediction_columns
from ml_exporter.ledger.segmented.run import Run
from ml_exporter.ledger.segmented.silence import assumed_standing
from ml_exporter.ledger.segmented.standings import FINAL, read_standing, write_standing
from ml_exporter.ledger.segmented.tables import Tables


@dataclass(frozen=True)
class LabelBatch:
    """Labels, with what is derived of them."""

    rows: LabelRows
    hashes: NDArray[np.uint64]
    value: NDArray[np.float64]
    dated: NDArray[np.bool_]
    """Whether its time is part of what a label says."""


@dataclass(frozen=True)
class _Said:
    model: int
    word: Word

    def concerns(self, model: int) -> bool:
        return self.model in (ANY_MODEL, model)


@dataclass
class _Met:
    """A prediction."""

    lane: Lane
    run: Run
    row: int
    model: int
    flag: int
    meeting: Meeting
    heard: int = 0
    stands: Standing | None = None
    """What stands once a label has been heard."""


@dataclass
class _Id:
    """Everything with one id."""

    said: list[_Said] = field(default_factory=list)
    """Labels in the order of their arrival."""

    met: dict[tuple[str, int], _Met] = field(default_factory=dict)
    """Predictions by lane and sequence number."""


class Closely:
    """Labels of some ids, looked at closely."""

    def __init__(self, tables: Tables, batch: LabelBatch, ids: NDArray[np.intp], id_of: NDArray[np.intp]) -> None:
        """Take ids.

        Args:
            tables: of the ledger.
            batch: the labels.
            ids: the first row in the batch of each id to be looked at.
            id_of: (rows of the batch,): the first row with the same id.
        """
        self._tables = tables
        self._batch = batch
        self._id_of = id_of
        self._ids = {row: _Id() for row in np.unique(ids).tolist()}
        self._is_looked_at = np.zeros(len(id_of), dtype=np.bool_)
        self._is_looked_at[np.unique(ids)] = True
        self.accepted: list[bool] = []
        """For each label taken: whether it says anything new."""

        self.matched: list[bool] = []
        """For each label taken: whether it has met a prediction."""

    def remember(self, known: Sequence[tuple[Run, Found]]) -> None:
        """Learn what remembered labels have said; runs come oldest first."""
        said: dict[tuple[int, int], _Said] = {}
        for run, found in known:
            query, row = found.where(self._is_looked_at[self._id_of[found.query]])
            if not len(row):
                continue
            models, sequences = run.column("model", row).tolist(), run.sequences(row).tolist()
            words = self._tables.labels.words(run, row)
            for own, sequence, model, word in zip(self._id_of[query].tolist(), sequences, models, words, strict=True):
                said[own, sequence] = _Said(model, word)
        for own, sequence in sorted(said):
            self._ids[own].said.append(said[own, sequence])

    def meet(self, met: Sequence[tuple[Lane, Run, Found]], corrections: CorrectionWindows) -> None:
        """Learn which predictions the labels concern. After ``remember``."""
        for lane, run, found in met:
            query, row = found.where(self._is_looked_at[self._id_of[found.query]])
            if not len(row):
                continue
            models, sequences = lane.owner(run, row).tolist(), run.sequences(row).tolist()
            for own, at, model, sequence in zip(
                self._id_of[query].tolist(), row.tolist(), models, sequences, strict=True
            ):
                if (lane.name, sequence) not in self._ids[own].met:
                    meeting = Meeting(
                        prediction_columns(run, np.array([at])),
                        self._standing(lane, run, at, sequence, model, self._ids[own].said),
                        corrections.get(model, 0.0),
                        self._tables.final_before,
                    )
                    flag = int(run.flags[at])
                    self._ids[own].met[lane.name, sequence] = _Met(lane, run, at, model, flag, meeting)

    def _standing(
        self, lane: Lane, run: Run, row: int, sequence: int, model: int, said: Sequence[_Said]
    ) -> Standing | None:
        flag = int(run.flags[row])
        if flag == PENDING:
            return None
        if flag == CONTESTED:
            return read_standing(self._tables.database, lane.name, sequence)
        if flag == JUDGED:
            only = next((label.word for label in said if label.concerns(model)), None)
            return FINAL if only is None else Standing(only, only.time)
        return assumed_standing(self._tables.facts, flag, float(run.column("time", np.array([row]))[0]))

    def take(self, rows: NDArray[np.intp], effects: Effects) -> None:
        """Take labels in their order.

        Args:
            rows: of the batch; all that may say something new of the ids that are looked at.
            effects: where pairs and conflicts are added.
        """
        for row, word in zip(rows.tolist(), self._words(rows), strict=True):
            own = self._ids[int(self._id_of[row])]
            label = _Said(int(self._batch.rows.model[row]), word)
            dated = bool(self._batch.dated[row])
            new = not any(said.model == label.model and word.repeats(said.word, dated=dated) for said in own.said)
            concerned = [prediction for prediction in own.met.values() if label.concerns(prediction.model)]
            self.accepted.append(new)
            self.matched.append(bool(concerned))
            if new:
                for prediction in concerned:
                    earlier = [said.word for said in own.said if said.concerns(prediction.model)]
                    prediction.stands = prediction.meeting.hear(word, earlier, effects)
                    prediction.heard += 1
                own.said.append(label)
        for own in self._ids.values():
            for (_, sequence), prediction in own.met.items():
                if prediction.stands is not None:
                    self._keep(prediction, sequence, prediction.stands)

    def _words(self, rows: NDArray[np.intp]) -> list[Word]:
        actual = [text or "" for text in self._batch.rows.actual.take(rows).texts()]
        values, times = self._batch.value[rows].tolist(), self._batch.rows.timestamp[rows].tolist()
        return [Word(*said) for said in zip(actual, values, times, strict=True)]

    def _keep(self, prediction: _Met, sequence: int, stands: Standing) -> None:
        """Keep what stands for a prediction now."""
        lane, run, row = prediction.lane, prediction.run, np.array([prediction.row])
        if prediction.flag == PENDING:
            self._tables.count_pending(run.column("series", row), -1)
        if prediction.flag == PENDING and prediction.heard == 1:
            lane.mark(run, row, JUDGED)
            return
        if prediction.flag != CONTESTED:
            lane.mark(run, row, CONTESTED)
        write_standing(self._tables.database, lane.name, sequence, stands)
