"""Numbers, times and spans of time as people read them."""

import math
from datetime import UTC, datetime
from html import escape

from ml_exporter.catalogue import Metric

_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


def number(value: float) -> str:
    """Return a number of any size, in four digits or so.

    >>> number(12345.6), number(0.7841), number(3.14159)
    ('12,346', '0.784', '3.142')
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.4g}"


def amount(metric: Metric, value: float) -> str:
    """Return a value of a metric in its unit; a dash where there is none."""
    if math.isnan(value):
        return "–"  # noqa: RUF001 - a dash
    return seconds(value) if "seconds" in metric.family.name else number(value)


def aim(metric: Metric, threshold: float) -> str:
    """Return an objective as it was written, in the metric's unit."""
    return seconds(threshold) if "seconds" in metric.family.name else f"{threshold:,.6g}"


def seconds(value: float) -> str:
    """Return a latency.

    >>> seconds(0.0214), seconds(2.5)
    ('21.4 ms', '2.5 s')
    """
    return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"


def share(value: float) -> str:
    """Return a share as a percentage; a dash where it is not known.

    >>> share(0.624), share(1.0), share(0.9999)
    ('62 %', '100 %', '99 %')
    """
    return "–" if math.isnan(value) else f"{math.floor(100 * value + 1e-9)} %"  # noqa: RUF001 - a dash


def span(value: float) -> str:
    """Return a span of time in its largest unit, and the next one where it says more.

    >>> span(12), span(90), span(5400), span(200000)
    ('12 s', '90 s', '90 min', '2 d')
    """
    for size, unit in _UNITS:
        if value >= 2 * size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.0f} s"


def ago(then: float, now: float) -> str:
    """Return how long ago something was."""
    return "now" if now - then < 1 else f"{span(now - then)} ago"


def when(then: float, now: float) -> str:
    """Return a time as an element: the hour, and the day where it is another one."""
    moment, today = datetime.fromtimestamp(then, UTC), datetime.fromtimestamp(now, UTC)
    form = "%H:%M" if moment.date() == today.date() else "%-d %b %H:%M"
    return f'<time datetime="{moment.isoformat(timespec="seconds")}">{escape(moment.strftime(form))} UTC</time>'
