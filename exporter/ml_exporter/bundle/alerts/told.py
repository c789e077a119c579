"""What an alert says: the template in its rule, and what it prints in the rule's tests."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ml_exporter.bundle.templating import VERSION, VERSION_IN_URL, literal, looked_up

TESTED_VERSION = "v1"
"""The version that the tests of rules speak of."""


@dataclass(frozen=True)
class Told:
    """One text in both its forms."""

    template: str
    printed: str


def told(pattern: str, *parts: Told | str) -> Told:
    """Put texts into a pattern of our own, a pair of braces for each.

    Args:
        pattern: as for ``str.format``.
        parts: a plain text comes from outside, and is printed as it is whatever braces it holds.
    """
    texts = [Told(literal(part), part) if isinstance(part, str) else part for part in parts]
    return Told(pattern.format(*(text.template for text in texts)), pattern.format(*(text.printed for text in texts)))


def label(name: str, printed: str) -> Told:
    """Tell a label of the alert's own."""
    return Told(f"{{{{ $labels.{name} }}}}", printed)


def label_in_url(name: str, printed: str) -> Told:
    """Tell a label within an address; what is printed needs no escaping."""
    return Told(f"{{{{ $labels.{name} | urlquery }}}}", printed)


VERSION_TOLD = Told(VERSION, TESTED_VERSION)
VERSION_IN_LINK = Told(VERSION_IN_URL, TESTED_VERSION)


def value(of: float, unit: str = "") -> Told:
    """Tell the expression's value.

    Args:
        of: the value in the tests, which Go and Python print alike.
        unit: stands behind it.
    """
    return Told(f'{{{{ $value | printf "%.4g" }}}}{unit}', f"{of:.4g}{unit}")


def percent(of: float) -> Told:
    """Tell the expression's value, a share, in percent."""
    return Told("{{ $value | humanizePercentage }}", f"{100 * of:.4g}%")


def binary_bytes(of: int) -> Told:
    """Tell the expression's value in GiB; that of the tests is a whole number of them."""
    return Told("{{ $value | humanize1024 }}B", f"{of >> 30}GiB")


def queried(expression: str, number_format: str, printed: str) -> Told:
    """Tell the first value of another expression, looked up as the alert is told; see ``looked_up``."""
    return Told(looked_up(expression, number_format), printed)


def moment(of: int) -> Told:
    """Tell the expression's value, a time in seconds since the epoch."""
    printed = datetime.fromtimestamp(of, UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
    return Told("{{ $value | humanizeTimestamp }}", printed)
