"""The plain ledger: every prediction and label is a row of SQLite, joined by SQL. The oracle of the tests."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical
from ml_exporter.ledger.interface import (
    Joined,
    JudgedPredictions,
    LabelRows,
    PredictionRows,
    StoreError,
)
from ml_exporter.ledger.lock import StoreLock
from ml_exporter.ledger.sqlite_schema import open_database

_MatchRow = tuple[str, int, float, bytes, bytes, str | None, str, float]
"""prediction id, series, prediction time, slices, payload, standing label, label, label time"""

# in the statements, -1 is interface.ANY_MODEL: a label that names no model

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

_LABELS_OF_NEW_PREDICTIONS = """
SELECT p.prediction_id, p.series, p.timestamp, p.slices, p.payload, NULL, l.actual, l.timestamp
FROM new_predictions AS p JOIN labels AS l
ON l.prediction_id = p.prediction_id AND l.model IN (-1, p.model)
WHERE p.accepted ORDER BY p.position, l.sequence
"""

_MARK_LABELS_OF_NEW_PREDICTIONS = """
UPDATE labels SET matched = 1 WHERE matched = 0 AND sequence IN (
    SELECT l.sequence FROM new_predictions AS p JOIN labels AS l
    ON l.prediction_id = p.prediction_id AND l.model IN (-1, p.model) WHERE p.accepted
)
"""

_ACCEPT_LABELS = """
INSERT INTO labels (prediction_id, model, actual, timestamp)
SELECT prediction_id, model, actual, timestamp FROM new_labels WHERE position IN (
    SELECT min(position) FROM new_labels AS new GROUP BY prediction_id, model, actual
    HAVING NOT EXISTS (
        SELECT 1 FROM labels AS known WHERE known.prediction_id = new.prediction_id
        AND known.model = new.model AND known.actual = new.actual
    )
) ORDER BY position
RETURNING sequence, prediction_id, model, actual
"""

_PREDICTIONS_OF_NEW_LABELS = """
SELECT p.prediction_id, p.series, p.timestamp, p.slices, p.payload, p.actual, l.actual, l.timestamp
FROM new_labels AS l JOIN predictions AS p
ON p.prediction_id = l.prediction_id AND l.model IN (-1, p.model)
WHERE l.sequence IS NOT NULL ORDER BY l.sequence, p.series
"""

_MARK_NEW_LABELS = """
UPDATE labels SET matched = 1 WHERE sequence IN (
    SELECT l.sequence FROM new_labels AS l JOIN predictions AS p
    ON p.prediction_id = l.prediction_id AND l.model IN (-1, p.model) WHERE l.sequence IS NOT NULL
)
"""


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
    def transaction(self) -> Iterator[None]:
        """Make everything within durable together, or nothing of it."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise StoreError(
                f"the store could not be written ({error}); check free space and permissions of its folder"
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def add_predictions(self, rows: PredictionRows) -> Joined:
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
                _bytes_by_row(rows.series),
                _bytes_by_row(rows.payload),
                strict=True,
            ),
        )
        self._database.execute(_ACCEPT_PREDICTIONS)
        self._database.execute(_STORE_PREDICTIONS)
        joined, conflicts = self._judge(self._database.execute(_LABELS_OF_NEW_PREDICTIONS).fetchall())
        self._database.execute(_MARK_LABELS_OF_NEW_PREDICTIONS)
        accepted = self._database.execute("SELECT accepted FROM new_predictions ORDER BY position").fetchall()
        return Joined(
            _judged(joined, rows.series.shape[1], rows.payload.shape[1]),
            np.array([flag for (flag,) in accepted], dtype=np.bool_),
            conflicts,
        )

    def add_labels(self, rows: LabelRows) -> Joined:
        """Accept labels and join them with predictions that came before them."""
        texts = [text or "" for text in rows.actual.texts()]
        keys = list(zip(rows.prediction_id.tolist(), rows.model.tolist(), texts, strict=True))
        self._database.execute("DELETE FROM new_labels")
        self._database.executemany(
            "INSERT INTO new_labels (prediction_id, model, actual, timestamp) VALUES (?, ?, ?, ?)",
            ((*key, time) for key, time in zip(keys, rows.timestamp.tolist(), strict=True)),
        )
        stored = self._database.execute(_ACCEPT_LABELS).fetchall()
        sequences = {(prediction_id, model, actual): sequence for sequence, prediction_id, model, actual in stored}
        first_positions = {key: position for position, key in reversed(list(enumerate(keys, start=1)))}
        self._database.executemany(
            "UPDATE new_labels SET sequence = ? WHERE position = ?",
            [(sequence, first_positions[key]) for key, sequence in sequences.items()],
        )
        matches = self._database.execute(_PREDICTIONS_OF_NEW_LABELS).fetchall()
        joined, conflicts = self._judge(matches)
        self._database.execute(_MARK_NEW_LABELS)
        accepted = np.array(
            [key in sequences and first_positions[key] == position for position, key in enumerate(keys, start=1)],
            dtype=np.bool_,
        )
        return Joined(_judged(joined, *self._widths(joined)), accepted, conflicts)

    @staticmethod
    def _widths(joined: list[_MatchRow]) -> tuple[int, int]:
        """Return how many series codes and payload columns the widest row has."""
        series = max((len(row[3]) // 4 for row in joined), default=1)
        payload = max((len(row[4]) // 8 for row in joined), default=0)
        return series, payload

    def _judge(self, matches: list[_MatchRow]) -> tuple[list[_MatchRow], int]:
        """Let the first label of each prediction stand, and count those that contradict it.

        Args:
            matches: pairs in the labels' order of arrival for each prediction.
        """
        standing: dict[tuple[str, int], str] = {}
        joined: list[_MatchRow] = []
        conflicts = 0
        for row in matches:
            prediction_id, series, _, _, _, known, actual, _ = row
            key = (prediction_id, series)
            if key not in standing:
                standing[key] = actual if known is None else known
                if known is None:
                    joined.append(row)
            conflicts += standing[key] != actual
        self._database.executemany(
            "UPDATE predictions SET actual = ? WHERE prediction_id = ? AND series = ?",
            [(row[6], row[0], row[1]) for row in joined],
        )
        return joined, conflicts

    def expire_predictions(self, model: int, before: float) -> Mapping[int, int]:
        """Forget a model's predictions made before a time; return the unlabelled ones by series."""
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

    def unmatched_labels(self) -> int:
        """Return how many labels wait for a prediction."""
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


def _bytes_by_row(table: NDArray[np.int32] | NDArray[np.float64]) -> list[bytes]:
    """Return each row of a table as bytes."""
    whole = np.ascontiguousarray(table).tobytes()
    width = table.shape[1] * table.itemsize
    return [whole[start : start + width] for start in range(0, len(whole), width)] if width else [b""] * len(table)


def _judged(rows: list[_MatchRow], series: int, payload: int) -> JudgedPredictions:
    return JudgedPredictions(
        series=_table([row[3] for row in rows], np.dtype(np.int32), series, -1),
        prediction_time=np.array([row[2] for row in rows], dtype=np.float64),
        label_time=np.array([row[7] for row in rows], dtype=np.float64),
        payload=_table([row[4] for row in rows], np.dtype(np.float64), payload, np.nan),
        actual=Categorical.of(row[6] for row in rows),
    )


def _table(rows: list[bytes], kind: np.dtype[np.int32] | np.dtype[np.float64], width: int, fill: float) -> NDArray[Any]:
    """Put rows of bytes into a table; rows written under an older configuration may be shorter or longer."""
    if all(len(row) == width * kind.itemsize for row in rows):
        return np.frombuffer(b"".join(rows), dtype=kind).reshape(len(rows), width).copy()
    table = np.full((len(rows), width), fill, dtype=kind)
    for index, row in enumerate(rows):
        values = np.frombuffer(row, dtype=kind)[:width]
        table[index, : len(values)] = values
    return table
