"""Points in time as people write them on a command line."""

from datetime import UTC, datetime

from ml_exporter.config import Duration


def time_of(text: str, now: float) -> float:
    """Read a time: RFC 3339, or a duration, which is so long ago.

    Args:
        text: for example ``2026-05-01T12:00:00Z``, ``2026-05-01`` or ``7d``.
        now: seconds since the epoch.

    Returns:
        Seconds since the epoch.

    Raises:
        ValueError: it is neither; the message says what to write.
    """
    try:
        return now - Duration.parse(text).seconds
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no time; write 2026-05-01T12:00:00Z, or how long ago, as in 7d") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
