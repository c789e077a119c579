"""Pictures as inline SVG: the course of a metric, and its interval beside its objective."""

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from ml_exporter.server.page.standing import Standing
from ml_exporter.server.page.words import amount

_WIDTH, _HEIGHT = 300.0, 64.0
_MARGIN = 4.0
_MOST_OF_THE_HEIGHT = 6.0
"""An interval may make a picture so many times as high as the values alone, and no higher."""

Floats = NDArray[np.float64]
Point = tuple[float, float]


class _Scale:
    """From values to places, the largest at the top."""

    def __init__(self, low: float, high: float, length: float, margin: float) -> None:
        room = (high - low) or max(abs(high), 1e-9)
        self._low, self._room = (low, room) if high > low else (low - room / 2, room)
        self._length, self._margin = length, margin

    def __call__(self, value: float) -> float:
        share = (value - self._low) / self._room
        return self._margin + (self._length - 2 * self._margin) * min(1.0, max(0.0, share))

    def from_top(self, value: float) -> float:
        return self._length - self(value)


def trend(standing: Standing, window: str, *, bounds: bool) -> str:
    """Return the course of a metric over a window, with its objective, and with its interval where it has room."""
    found, row = standing.trend, standing.row
    value, lower, upper = found.value[row], found.lower[row], found.upper[row]
    known = np.flatnonzero(~np.isnan(value))
    title = escape(_told(standing, value[known], window))
    if not len(known):
        return f'<p class="empty">No {escape(standing.metric.title.lower())} in the last {escape(window)}.</p>'
    scale = _scale(standing, value, lower, upper)
    begin = standing.begin
    steps = max(1, found.spans.count - 1 - begin)

    def point(place: int, of: Floats) -> Point:
        return _WIDTH * (place - begin) / steps, scale.from_top(float(of[place]))

    parts = []
    for run in _runs(known):
        bounded = [place for place in run if not math.isnan(lower[place])]
        edge = [*(point(place, upper) for place in bounded), *(point(place, lower) for place in reversed(bounded))]
        if bounds and len(bounded) > 1:
            parts.append(f'<polygon class="interval" points="{_points(edge)}"/>')
        line = [point(place, value) for place in run]
        kind = "line" if len(line) > 1 else "line dot"
        parts.append(f'<polyline class="{kind}" points="{_points(line if len(line) > 1 else 2 * line)}"/>')
    if standing.objective is not None:
        height = scale.from_top(standing.objective.threshold)
        parts.insert(0, f'<line class="objective" x1="0" x2="{_WIDTH:g}" y1="{height:.1f}" y2="{height:.1f}"/>')
    since = _since(standing)
    if since is not None:
        x = _WIDTH * ((since - found.spans.first) / found.spans.step - begin) / steps
        if 0 <= x <= _WIDTH:
            parts.append(f'<line class="since" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_HEIGHT:g}"/>')
    return (
        f'<svg class="trend" role="img" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none"'
        f' aria-label="{title}">{"".join(parts)}</svg>'
    )


def _scale(standing: Standing, value: Floats, lower: Floats, upper: Floats) -> _Scale:
    low, high = float(np.nanmin(value)), float(np.nanmax(value))
    if standing.objective is not None:
        low, high = min(low, standing.objective.threshold), max(high, standing.objective.threshold)
    room = (high - low) * _MOST_OF_THE_HEIGHT / 2
    bounds = np.concatenate([lower, upper])
    bounds = bounds[~np.isnan(bounds)]
    if len(bounds):
        room = room or math.inf
        low, high = min(low, max(low - room, float(bounds.min()))), max(high, min(high + room, float(bounds.max())))
    return _Scale(low, high, _HEIGHT, _MARGIN)


def _since(standing: Standing) -> float | None:
    """Return when it became as bad as it is, if it is."""
    said = standing.degradation
    if said is None or not said.degraded:
        return None
    return said.since if math.isnan(said.change_point) else said.change_point


def _told(standing: Standing, value: Floats, window: str) -> str:
    """Return in words what the picture shows."""
    metric = standing.metric
    if not len(value):
        return f"{metric.title}: no value in the last {window}"
    first, last, least, most = (amount(metric, float(one)) for one in (value[0], value[-1], value.min(), value.max()))
    return f"{metric.title} over the last {window}: from {first} to {last}, between {least} and {most}"


def _runs(places: NDArray[np.intp]) -> Iterator[Sequence[int]]:
    """Yield the places that follow each other without a gap."""
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        yield run.tolist()


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def interval(standing: Standing) -> str:
    """Return the interval of the value as a bar with the objective; nothing where either is missing."""
    now, objective = standing.now, standing.objective
    if math.isnan(now.value) or math.isnan(now.lower) or objective is None:
        return ""
    low, high = min(now.lower, objective.threshold), max(now.upper, objective.threshold)
    pad = 0.15 * (high - low)
    scale = _Scale(low - pad, high + pad, _WIDTH, 0.0)
    begin, end, value, mark = (scale(one) for one in (now.lower, now.upper, now.value, objective.threshold))
    higher = standing.metric.direction == "higher"
    good_from, good_to = (mark, _WIDTH) if higher else (0.0, mark)
    return (
        f'<svg class="bar" aria-hidden="true" viewBox="0 0 {_WIDTH:g} 14" preserveAspectRatio="none">'
        f'<rect class="track" x="0" y="5" width="{_WIDTH:g}" height="4"/>'
        f'<rect class="good" x="{good_from:.1f}" y="5" width="{good_to - good_from:.1f}" height="4"/>'
        f'<rect class="range" x="{begin:.1f}" y="3" width="{max(1.5, end - begin):.1f}" height="8"/>'
        f'<line class="value" x1="{value:.1f}" x2="{value:.1f}" y1="1" y2="13"/>'
        f'<line class="mark" x1="{mark:.1f}" x2="{mark:.1f}" y1="0" y2="14"/></svg>'
    )
