"""Where a feed begins, as the user writes it, in the type of the column."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.sql.keys import ZONED, Scalar, kind_of


def start_of(start: str | int | None, like: Scalar) -> Scalar | None:
    """Return a beginning as a value of the cursor's first column.

    Args:
        start: as the user writes it; ``None``: at the very beginning.
        like: a value of the column.

    Raises:
        FeedError: it is none of that type.
    """
    if start is None:
        return None
    kind = kind_of(like)
    try:
        return _as(str(start), like)
    except (ValueError, InvalidOperation):
        raise FeedError(
            f"`start` is {start!r}, and the cursor column holds values such as {kind.write(like)} ({kind.name}); write"
            " it in that form"
        ) from None


def _as(start: str, like: Scalar) -> Scalar:
    if isinstance(like, datetime):
        moment = datetime.fromisoformat(start)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        utc = zoned.astimezone(UTC)
        return utc if kind_of(like) is ZONED else utc.replace(tzinfo=None)
    if isinstance(like, date):
        return date.fromisoformat(start)
    if isinstance(like, bytes):
        return bytes.fromhex(start)
    return next(one for one in (int, str, Decimal, UUID) if isinstance(like, one))(start)
