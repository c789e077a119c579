"""Keys: the values of the cursor's columns in one row, typed, so that the database compares them as it did before."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ml_exporter.feeds.decoding.problems import shown
from ml_exporter.feeds.interface import FeedError

Scalar = int | str | datetime | date | Decimal | UUID | bytes
Key = tuple[Scalar, ...]
"""One value for each column of the cursor; moments that have a zone are in UTC."""


@dataclass(frozen=True)
class ScalarKind:
    """A type that a cursor's column may have."""

    name: str
    """As messages and stored positions call it."""

    type: type
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = str


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


ZONED = ScalarKind("timestamp with zone", datetime, datetime.isoformat, _moment)
ZONELESS = ScalarKind("timestamp without zone", datetime, datetime.isoformat, _moment)
DAY = ScalarKind("date", date, date.isoformat, date.fromisoformat)
_OTHERS = (
    ScalarKind("integer", int, str, int),
    ScalarKind("text", str),
    ScalarKind("decimal", Decimal, str, Decimal),
    ScalarKind("uuid", UUID, str, UUID),
    ScalarKind("bytes", bytes, bytes.hex, bytes.fromhex),
)
_BY_NAME = {kind.name: kind for kind in (ZONED, ZONELESS, DAY, *_OTHERS)}


def kind_of(value: Scalar) -> ScalarKind:
    """Return the kind of a value of a key."""
    if isinstance(value, datetime):
        return ZONELESS if value.tzinfo is None else ZONED
    if isinstance(value, date):
        return DAY
    return next(kind for kind in _OTHERS if isinstance(value, kind.type))


def key_of(columns: Sequence[str], values: Sequence[Any]) -> Key:
    """Return the key of a row.

    Args:
        columns: the cursor's.
        values: as the database gives them, one for each.

    Raises:
        FeedError: a value is of a type that no order can be kept by.
    """
    return tuple(map(_scalar, columns, values))


def _scalar(column: str, value: Any) -> Scalar:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)  # two moments of the hour that a zone has twice would compare as equal
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, bool | float) or not isinstance(value, Scalar):
        what = "a float, which is rounded on its way" if isinstance(value, float) else f"of type {type(value).__name__}"
        raise FeedError(
            f"the cursor column {column} is {what} ({shown(value)}): no order can be kept by it; cast it in the query"
            " to a decimal, an integer or a timestamp, or choose another column"
        )
    return value


def same_kinds(columns: Sequence[str], before: Key, now: Key) -> None:
    """See that two keys are of the same types.

    Raises:
        FeedError: a column has another type than before.
    """
    for column, old, new in zip(columns, before, now, strict=True):
        if kind_of(old) is not kind_of(new):
            raise FeedError(
                f"the cursor column {column} is now {kind_of(new).name} ({shown(new)}) and was {kind_of(old).name}"
                f" ({shown(old)}): its order is another one; cast it in the query to what it was, or give the feed a"
                " new name: then it begins anew, and known events fall out as duplicates"
            )


def tie(key: Key) -> tuple[Any, ...]:
    """Return what is equal for all keys that any database takes for equal.

    Texts without case, accents and blanks at their ends, which collations may ignore: too coarse only makes rows stay
    together that could have been parted.
    """
    return tuple(_bare(value) if isinstance(value, str) else value for value in key)


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one)).rstrip()


def written(key: Sequence[Scalar]) -> list[tuple[str, str]]:
    """Return a key as names of types and texts."""
    kinds = [kind_of(value) for value in key]
    return [(kind.name, kind.write(value)) for kind, value in zip(kinds, key, strict=True)]


def read(stored: Sequence[tuple[str, str]]) -> Key:
    """Read what ``written`` made.

    Raises:
        ValueError, KeyError: it is none.
    """
    return tuple(_BY_NAME[name].read(text) for name, text in stored)


def place(columns: Sequence[str], key: Key) -> str:
    """Say for people where a row stands."""
    return ", ".join(f"{column}={kind_of(value).write(value)}" for column, value in zip(columns, key, strict=True))
