"""Numbers, times and lists as the doctor says them."""

from collections.abc import Sequence
from datetime import UTC, datetime

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_SHOWN = 3


def span(seconds: float) -> str:
    """Return a span of time in its largest unit that fits.

    >>> span(5400), span(90), span(0.2), span(-7200)
    ('1.5 h', '1.5 min', '0.2 s', '-2 h')
    """
    for size, unit in _UNITS:
        if abs(seconds) >= size or unit == "s":
            return f"{round(seconds / size, 1):g} {unit}"
    raise AssertionError("unreachable")


def moment(seconds: float) -> str:
    """Return a time."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def some(texts: Sequence[str]) -> str:
    """Return the first few texts, quoted.

    >>> some(["a", "b", "c", "d"])
    "'a', 'b', 'c' ..."
    """
    return ", ".join(map(repr, texts[:_SHOWN])) + (" ..." if len(texts) > _SHOWN else "")
