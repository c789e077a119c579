"""The join in RocksDB: hashed id and series to a packed row, read many at a time and written in one batch.

It does less than a ledger: labels that come first do not wait, nothing is corrected, and one model is all there is.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rocksdict import AccessType, Options, Rdict, WriteBatch

from ml_exporter.ledger import LabelRows, PredictionRows
from ml_exporter.ledger.segmented.hashing import hash_ids

_ROW = np.dtype([("time", "<f8"), ("series", "<i4"), ("judged", "u1"), ("predicted", "<f8"), ("score", "<f8")])


class RocksLedger:
    """See ``contenders.Contender``."""

    def __init__(self, folder: Path) -> None:
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.optimize_for_point_lookup(256)
        self._database = Rdict(str(folder), options, access_type=AccessType.read_write())
        self._batches = 0

    def insert(self, rows: PredictionRows) -> int:
        """See ``contenders.Contender``. One series a prediction: the id alone is the key."""
        keys = _keys(rows.prediction_id)
        known = self._database.get(keys)
        packed = np.zeros(len(keys), dtype=_ROW)
        packed["time"], packed["series"] = rows.timestamp, rows.series[:, 0]
        packed["predicted"], packed["score"] = rows.payload[:, 0], rows.payload[:, 1]
        batch = WriteBatch(raw_mode=True)
        new = 0
        for key, value, found in zip(keys, _values(packed), known, strict=True):
            if found is None:
                batch.put(key, value)
                new += 1
        self._write(batch)
        return new

    def match(self, rows: LabelRows) -> int:
        """See ``contenders.Contender``."""
        keys = _keys(rows.prediction_id)
        found = [(key, value) for key, value in zip(keys, self._database.get(keys), strict=True) if value is not None]
        packed = np.frombuffer(b"".join(value for _, value in found), dtype=_ROW).copy()
        waiting = packed["judged"] == 0
        packed["judged"] = 1
        batch = WriteBatch(raw_mode=True)
        for (key, _), value, waits in zip(found, _values(packed), waiting.tolist(), strict=True):
            if waits:
                batch.put(key, value)
        self._write(batch)
        return int(waiting.sum())

    def _write(self, batch: WriteBatch) -> None:
        self._batches += 1
        batch.put(b"position", str(self._batches).encode())
        self._database.write(batch)

    def expire(self, before: float) -> int:
        """See ``contenders.Contender``. Without a second index every row is looked at."""
        batch = WriteBatch(raw_mode=True)
        expired = 0
        for key, value in self._database.items():
            if len(value) == _ROW.itemsize:
                row = np.frombuffer(value, dtype=_ROW)[0]
                if row["time"] < before:
                    batch.delete(key)
                    expired += int(row["judged"] == 0)
        self._write(batch)
        return expired

    def settle(self) -> None:
        """See ``contenders.Contender``."""
        self._database.flush(True)

    def close(self, *, orderly: bool) -> None:
        """See ``contenders.Contender``."""
        del orderly
        self._database.close()


def _keys(ids: NDArray[np.object_]) -> list[bytes]:
    whole = hash_ids(ids).tobytes()
    return [whole[start : start + 8] for start in range(0, len(whole), 8)]


def _values(packed: NDArray[np.void]) -> list[bytes]:
    whole = packed.tobytes()
    return [whole[start : start + _ROW.itemsize] for start in range(0, len(whole), _ROW.itemsize)]
