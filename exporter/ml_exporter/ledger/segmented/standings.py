"""What stands for predictions of which more than one word was said: rare, so one by one, and kept in the database."""

import math

import msgspec

from ml_exporter.ledger.interface import DamagedStore
from ml_exporter.ledger.judgement import Standing, Word
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.remedies import DAMAGED

FINAL = Standing(Word("", math.nan, -math.inf), -math.inf)
"""Of a prediction whose label has been forgotten: nothing changes its judgement any more."""


class _Stored(msgspec.Struct, array_like=True):
    actual: str
    value: float | None
    time: float | None
    said: float | None
    assumed: bool


def read_standing(database: Database, lane: str, sequence: int) -> Standing:
    """Return what stands for a contested prediction.

    Raises:
        DamagedStore: it is damaged, or missing.
    """
    content = database.standing(lane, sequence)
    if content is None:
        raise DamagedStore(f"the store is damaged (what stands for row {sequence} of {lane} is missing); {DAMAGED}")
    stored = msgspec.msgpack.decode(content, type=_Stored)
    if stored.time is None or stored.said is None:
        return FINAL
    value = math.nan if stored.value is None else stored.value
    return Standing(Word(stored.actual, value, stored.time), stored.said, stored.assumed)


def write_standing(database: Database, lane: str, sequence: int, standing: Standing) -> None:
    """Keep what stands for a contested prediction."""
    word = standing.word
    final = standing is FINAL
    stored = _Stored(
        word.actual,
        None if math.isnan(word.value) else word.value,
        None if final else word.time,
        None if final else standing.said,
        standing.assumed,
    )
    database.write_standing(lane, sequence, msgspec.msgpack.encode(stored))
