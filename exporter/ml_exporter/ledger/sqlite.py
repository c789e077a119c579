"""The plain ledger: every prediction and label is a row of SQLite, joined by SQL. The oracle of the tests."""

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import (
    ANY_MODEL,
    NO_CORRECTIONS,
    CorrectionWindows,
    Joined,
    LabelRows,
    PredictionRows,
    StoreError,
)
from ml_exporter.ledger.judgement import Standing, Word, judge
from ml_exporter.ledger.lock import StoreLock
from ml_exporter.ledger.sqlite_pairs import Pair, StoredPrediction, bytes_by_row, judged_predictions
from ml_exporter.ledger.sqlite_schema import open_database

_ACCEPT_PREDICTIONS = """
UPDATE new_predictions SET accepted = 1 WHERE position IN (
    SELECT min(position) FROM new_predictions AS new GROUP BY prediction_id, series
    HAVING NOT EXISTS (
        SELECT 1 FROM predictions AS known WHERE known.prediction_id = new.prediction_id AND known.series = new.series
    )
)
"""

_STORE_PREDICTIONS = """
INSERT INTO predictions (prediction_id, series, model, timestamp, slices, payload)
SELECT prediction_id, series, model, timestamp, slices, payload FROM new_predictions WHERE accepted ORDER BY position
"""

_PREDICTIONS = """
SELECT p.prediction_id, p.series, p.model, p.timestamp, p.slices, p.payload,
    p.actual, p.value, p.label_time, p.said, p.assumed
FROM predictions AS p
"""

_NEW_PREDICTIONS_WITH_LABELS = """
JOIN new_predictions AS new USING (prediction_id, series)
WHERE new.accepted AND EXISTS (SELECT 1 FROM labels WHERE labels.prediction_id = p.prediction_id)
ORDER BY new.position
"""

_PREDICTIONS_OF_NEW_LABELS = """
WHERE p.prediction_id IN (SELECT prediction_id FROM new_labels) ORDER BY p.prediction_id, p.series
"""

_SILENT_PREDICTIONS = "WHERE p.model = ? AND p.timestamp < ? AND p.actual IS NULL ORDER BY p.timestamp LIMIT ?"

_LABELS = "SELECT sequence, prediction_id, model, actual, value, timestamp, matched FROM labels WHERE prediction_id IN"


@dataclass
class _Label:
    """A remembered label; ``sequence`` is its place in the order of arrival."""

    sequence: int
    model: int
    word: Word
    matched: bool

    def concerns(self, prediction: StoredPrediction) -> bool:
        return self.model in (ANY_MODEL, prediction.model)


@dataclass
class _Effects:
    """What a batch has done so far."""

    judged: list[Pair] = field(default_factory=list)
    retracted: list[Pair] = field(default_factory=list)
    replaces: list[bool] = field(default_factory=list)
    conflicts: int = 0

    def joined(self, accepted: Iterable[bool]) -> Joined:
        return Joined(
            judged_predictions(self.judged),
            np.array(list(accepted), dtype=np.bool_),
            self.conflicts,
            judged_predictions(self.retracted),
            np.array(self.replaces, dtype=np.bool_),
        )


class SqliteLedger:
    """A ledger in one SQLite file with a write-ahead log; see ``Ledger`` for what its methods promise."""

    def __init__(self, folder: Path) -> None:
        """Open the store in ``folder``, or make it.

        Raises:
            StoreError: it cannot be used, or another process owns it.
        """
        self._lock = StoreLock(folder)
        try:
            self._database = open_database(folder / "ledger.sqlite")
        except StoreError:
            self._lock.release()
            raise

    @contextmanager
    def transaction(self, *, acknowledged: bool = False) -> Iterator[None]:
        """Make everything within durable together, or nothing of it."""
        try:
            self._database.execute(f"PRAGMA synchronous={'FULL' if acknowledged else 'NORMAL'}")
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise StoreError(f"the store could not be written ({error}); {_remedy(error)}") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def add_predictions(self, rows: PredictionRows, corrections: CorrectionWindows = NO_CORRECTIONS) -> Joined:
        """Accept predictions and join them with labels that came before them."""
        self._database.execute("DELETE FROM new_predictions")
        self._database.executemany(
            "INSERT INTO new_predictions (prediction_id, series, model, timestamp, slices, payload)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            zip(
                rows.prediction_id.tolist(),
                rows.series[:, 0].tolist(),
                rows.model.tolist(),
                rows.timestamp.tolist(),
                bytes_by_row(rows.series),
                bytes_by_row(rows.payload),
                strict=True,
            ),
        )
        self._database.execute(_ACCEPT_PREDICTIONS)
        self._database.execute(_STORE_PREDICTIONS)
        predictions = self._predictions(_NEW_PREDICTIONS_WITH_LABELS)
        labels = self._labels("SELECT prediction_id FROM new_predictions WHERE accepted")
        effects = _Effects()
        final_before = self._labels_forgotten_before()
        for prediction in predictions:
            concerning = [label for label in labels[prediction.prediction_id] if label.concerns(prediction)]
            for place, label in enumerate(concerning):
                self._meet(prediction, label, concerning[:place], corrections, final_before, effects)
        self._keep_standings(predictions)
        self._mark_matched(label for known in labels.values() for label in known)
        accepted = self._database.execute("SELECT accepted FROM new_predictions ORDER BY position").fetchall()
        return effects.joined(bool(flag) for (flag,) in accepted)

    def add_labels(self, rows: LabelRows, corrections: CorrectionWindows = NO_CORRECTIONS) -> Joined:
        """Accept labels and join them with predictions that came before them."""
        self._database.execute("DELETE FROM new_labels")
        self._database.executemany("INSERT INTO new_labels VALUES (?)", zip(rows.prediction_id.tolist(), strict=True))
        labels = self._labels("SELECT prediction_id FROM new_labels")
        predictions: dict[str, list[StoredPrediction]] = {}
        for prediction in self._predictions(_PREDICTIONS_OF_NEW_LABELS):
            predictions.setdefault(prediction.prediction_id, []).append(prediction)
        effects = _Effects()
        accepted: list[bool] = []
        final_before = self._labels_forgotten_before()
        sequence = self._last_sequence()
        stored: list[tuple[str, _Label]] = []
        for prediction_id, model, word in zip(
            rows.prediction_id.tolist(), rows.model.tolist(), _words(rows), strict=True
        ):
            known = labels.setdefault(prediction_id, [])
            dated = _may_be_corrected(model, corrections)
            new = not any(label.model == model and word.repeats(label.word, dated=dated) for label in known)
            accepted.append(new)
            if not new:
                continue
            sequence += 1
            label = _Label(sequence, model, word, matched=False)
            for prediction in predictions.get(prediction_id, []):
                if label.concerns(prediction):
                    before = [earlier for earlier in known if earlier.concerns(prediction)]
                    self._meet(prediction, label, before, corrections, final_before, effects)
            known.append(label)
            stored.append((prediction_id, label))
        self._store_labels(stored)
        self._keep_standings(prediction for several in predictions.values() for prediction in several)
        return effects.joined(accepted)

    @staticmethod
    def _meet(
        prediction: StoredPrediction,
        label: _Label,
        earlier: list[_Label],
        corrections: CorrectionWindows,
        final_before: float,
        effects: _Effects,
    ) -> None:
        """Let a label meet a prediction that it concerns.

        Args:
            prediction: its standing word is brought up to date.
            label: is marked as matched.
            earlier: labels that concern the prediction and arrived before this one.
            corrections: see ``Ledger.add_labels``.
            final_before: see ``judge``.
            effects: where the pairs and conflicts are added.
        """
        label.matched = True
        before = prediction.standing
        prediction.standing, effect = judge(
            before,
            label.word,
            window=corrections.get(prediction.model, 0.0),
            final_before=final_before,
            said_before=any(label.word.says_the_same(known.word) for known in earlier),
        )
        if effect == "corrects" and before is not None:
            effects.retracted.append(Pair(prediction, before.word))
        if effect in ("judges", "corrects"):
            effects.judged.append(Pair(prediction, label.word))
            effects.replaces.append(effect == "corrects")
        effects.conflicts += effect == "conflicts"

    def _predictions(self, chosen: str, parameters: tuple[float, ...] = ()) -> list[StoredPrediction]:
        return [
            StoredPrediction(
                prediction_id,
                series,
                model,
                time,
                slices,
                payload,
                None if actual is None else Standing(Word(actual, _or_nan(value), label_time), said, bool(assumed)),
            )
            for prediction_id, series, model, time, slices, payload, actual, value, label_time, said, assumed in (
                self._database.execute(f"{_PREDICTIONS} {chosen}", parameters)
            )
        ]

    def _labels(self, ids: str) -> dict[str, list[_Label]]:
        """Return the remembered labels of some ids, in the order of their arrival."""
        found: dict[str, list[_Label]] = {}
        for sequence, prediction_id, model, actual, value, time, matched in self._database.execute(
            f"{_LABELS} ({ids}) ORDER BY sequence"
        ):
            label = _Label(sequence, model, Word(actual, _or_nan(value), time), bool(matched))
            found.setdefault(prediction_id, []).append(label)
        return found

    def _last_sequence(self) -> int:
        (last,) = self._database.execute("SELECT coalesce(max(sequence), 0) FROM labels").fetchone()
        return int(last)

    def _store_labels(self, labels: list[tuple[str, _Label]]) -> None:
        self._database.executemany(
            "INSERT INTO labels (sequence, prediction_id, model, actual, value, timestamp, matched)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    label.sequence,
                    prediction_id,
                    label.model,
                    label.word.actual,
                    _or_null(label.word.value),
                    label.word.time,
                    label.matched,
                )
                for prediction_id, label in labels
            ),
        )

    def _mark_matched(self, labels: Iterable[_Label]) -> None:
        self._database.executemany(
            "UPDATE labels SET matched = 1 WHERE sequence = ? AND matched = 0",
            ((label.sequence,) for label in labels if label.matched),
        )

    def _keep_standings(self, predictions: Iterable[StoredPrediction]) -> None:
        self._database.executemany(
            "UPDATE predictions SET actual = ?, value = ?, label_time = ?, said = ?, assumed = ?"
            " WHERE prediction_id = ? AND series = ?",
            (
                (
                    prediction.standing.word.actual,
                    _or_null(prediction.standing.word.value),
                    prediction.standing.word.time,
                    prediction.standing.said,
                    prediction.standing.assumed,
                    prediction.prediction_id,
                    prediction.series,
                )
                for prediction in predictions
                if prediction.standing is not None
            ),
        )

    def assume_labels(self, model: int, before: float, actual: str, after: float, limit: int | None = None) -> Joined:
        """Judge by silence the predictions made before a time that no label has reached."""
        effects = _Effects()
        predictions = self._predictions(_SILENT_PREDICTIONS, (model, before, -1 if limit is None else limit))
        for prediction in predictions:
            word = Word(actual, math.nan, prediction.time + after)
            prediction.standing = Standing(word, word.time, assumed=True)
            effects.judged.append(Pair(prediction, word))
            effects.replaces.append(False)
        self._keep_standings(predictions)
        return effects.joined([True] * len(predictions))

    def expire_predictions(self, model: int, before: float) -> Mapping[int, int]:
        """Forget a model's predictions made before a time; return the pending ones by series."""
        chosen = "WHERE model = ? AND timestamp < ?"
        expired = self._database.execute(
            f"SELECT series, count(*) FROM predictions {chosen} AND actual IS NULL GROUP BY series",  # noqa: S608 - constant text
            (model, before),
        ).fetchall()
        self._database.execute(f"DELETE FROM predictions {chosen}", (model, before))  # noqa: S608 - constant text
        return dict(expired)

    def expire_labels(self, before: float) -> None:
        """Forget labels that are older than a time."""
        self._database.execute("DELETE FROM labels WHERE timestamp < ?", (before,))
        self._database.execute("UPDATE forgotten SET labels_before = max(labels_before, ?)", (before,))

    def _labels_forgotten_before(self) -> float:
        (before,) = self._database.execute("SELECT labels_before FROM forgotten").fetchone()
        return float(before)

    def unmatched_labels(self) -> int:
        """Return how many remembered labels have not met a prediction."""
        (count,) = self._database.execute("SELECT count(*) FROM labels WHERE matched = 0").fetchone()
        return int(count)

    def pending(self) -> Mapping[int, int]:
        """Return overall series to the number of predictions that wait for a label."""
        return dict(
            self._database.execute("SELECT series, count(*) FROM predictions WHERE actual IS NULL GROUP BY series")
        )

    def write(self, name: str, content: bytes | None) -> None:
        """Keep ``content`` under a name; ``None`` forgets it."""
        if content is None:
            self._database.execute("DELETE FROM state WHERE name = ?", (name,))
        else:
            self._database.execute(
                "INSERT INTO state (name, content) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET content = excluded.content",
                (name, content),
            )

    def read(self, name: str) -> bytes | None:
        """Return what was written under a name."""
        row = self._database.execute("SELECT content FROM state WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def read_all(self, prefix: str) -> dict[str, bytes]:
        """Return everything that was written under names with a prefix."""
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        rows = self._database.execute("SELECT name, content FROM state WHERE name >= ? AND name < ?", (prefix, after))
        return {name: bytes(content) for name, content in rows}

    def close(self) -> None:
        """Close the store and give up its lock."""
        self._database.close()
        self._lock.release()


def _words(rows: LabelRows) -> list[Word]:
    values: NDArray[np.float64] = np.full(len(rows.model), np.nan) if rows.value is None else rows.value
    return [
        Word(actual or "", value, time)
        for actual, value, time in zip(rows.actual.texts(), values.tolist(), rows.timestamp.tolist(), strict=True)
    ]


def _may_be_corrected(model: int, corrections: CorrectionWindows) -> bool:
    """Tell whether a label that names a model, or any, may be corrected: then its time is part of what it says."""
    if model == ANY_MODEL:
        return any(window > 0 for window in corrections.values())
    return corrections.get(model, 0.0) > 0


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _remedy(error: sqlite3.Error) -> str:
    if isinstance(error, sqlite3.OperationalError):
        return "check free space and permissions of its folder"
    return "where it is damaged, restore it from a backup, or move it away and start anew"
