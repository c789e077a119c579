"""Values as databases and typed formats give them, as JSON would have them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

_PLAIN = {str, int, float, bool, dict, list, type(None)}


def plain(values: Sequence[Any]) -> Sequence[Any]:
    """Return values in the types that decoding takes.

    Moments become seconds since the epoch (those without a zone are UTC), decimals numbers, UUIDs and bytes text.
    """
    return values if set(map(type, values)) <= _PLAIN else [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode(errors="replace")
    return value
