"""A card for each version of a model: what is not right about it, and why."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlencode

import numpy as np

from ml_exporter.detectors.degradation import Degradation
from ml_exporter.server.page.pictures import interval, trend
from ml_exporter.server.page.standing import Standing, State
from ml_exporter.server.page.words import ago, aim, amount, share, span, when

BADGES = {
    State.DEGRADED: ("▼", "Degraded"),
    State.BREACHED: ("◆", "Misses its objective"),
    State.UNKNOWN: ("?", "Not known"),
    State.LEARNING: ("…", "Learning"),
    State.HEALTHY: ("✓", "Healthy"),
}
"""A sign, since not everybody tells colours apart, and a word."""

MOST_FULL = 12
"""Of so many models each card tells everything; of more of them only those of what is not right."""


def card(standing: Standing, at: float, window: str, *, full: bool) -> str:
    """Return a card.

    Args:
        standing: of the version.
        at: the snapshot's time, seconds since the epoch.
        window: what the trend reaches back, as text.
        full: whether to tell everything, or only value and course.
    """
    sign, word = BADGES[standing.state]
    state, name = standing.state.name.lower(), f"{standing.key.model} {standing.key.version}"
    parts = [
        f'<article class="card {state}{"" if full else " small"}" data-key="{escape(name)}" data-state="{state}">',
        f"<header><h3>{escape(standing.key.model)} <small>{escape(standing.key.version)}</small></h3>",
        f'<p class="badge"><span aria-hidden="true">{sign}</span> {word}</p></header>',
        *(f'<p class="reason">{reason}</p>' for reason in reasons(standing, at) if full),
        _value(standing, full=full),
        interval(standing) if full else "",
        f"<figure>{trend(standing, window, bounds=full)}",
        f"<figcaption><span>{_begin(standing, at, window)} ago</span>{_range(standing)}<span>now</span></figcaption>"
        if full
        else "",
        "</figure>",
        _facts(standing, at, window) if full else "",
        "</article>",
    ]
    return "".join(parts)


def reasons(standing: Standing, at: float) -> Iterator[str]:
    """Yield sentences, as HTML, that say why the version stands as it does."""
    title, now, objective = escape(standing.metric.title), standing.now, standing.objective
    if standing.state is State.DEGRADED and standing.degradation is not None:
        yield _degraded(standing, standing.degradation, at)
        yield from _slices(standing.degradation)
    elif standing.state is State.BREACHED and objective is not None and not math.isnan(now.value):
        side = "below" if standing.metric.direction == "higher" else "above"
        yield (
            f"{title} is {amount(standing.metric, now.value)},"
            f" {side} its objective of {aim(standing.metric, objective.threshold)}."
        )
    elif standing.state is State.LEARNING:
        yield "What is normal for it is still being learnt."
    if math.isnan(now.value):
        yield _nothing_new(standing, at)


def _degraded(standing: Standing, said: Degradation, at: float) -> str:
    title, metric = escape(standing.metric.title), standing.metric
    worse = "fell" if metric.direction == "higher" else "rose"
    since = when(said.since if math.isnan(said.change_point) else said.change_point, at)
    if said.baseline is None or math.isnan(said.value):
        return f"{title} {worse} {since}; the alarm was raised {ago(said.since, at)}."
    fallen = said.baseline.mean - said.value
    if (fallen if metric.direction == "higher" else -fallen) <= 0:
        return (
            f"{title} {worse} at about {since}; it is {amount(metric, said.value)} again, and the verdict stays until"
            " it has been so for a while."
        )
    return (
        f"{title} {worse} from {amount(metric, said.baseline.mean)} to {amount(metric, said.value)} at about {since};"
        f" the alarm was raised {ago(said.since, at)}."
    )


def _slices(said: Degradation) -> Iterator[str]:
    first = next((one for one in said.slices if one.contribution > 0), None)
    if first is not None:
        yield (
            f"It comes most from {escape(first.segment_key)} <b>{escape(first.segment_value)}</b>:"
            f" {share(first.rate_before)} bad before, {share(first.rate_now)} now."
        )


def _nothing_new(standing: Standing, at: float) -> str:
    last = standing.join.last_label
    newest = f"the newest label is {span(at - last)} old" if last else "no label has come yet"
    why = " A feed is catching up." if standing.catching_up else ""
    if standing.metric.clock == "prediction":
        return f"There was no request in the last {escape(standing.window)}.{why}"
    return f"Nothing is known of the last {escape(standing.window)}: {newest}.{why}"


def _value(standing: Standing, *, full: bool) -> str:
    metric, now, objective = standing.metric, standing.now, standing.objective
    bounds = ""
    if not math.isnan(now.lower) and not math.isnan(now.upper):
        bounds = f'<span class="bounds">{amount(metric, now.lower)} to {amount(metric, now.upper)}</span>'
    wanted = ""
    if objective is not None and full:
        side = "at least" if metric.direction == "higher" else "at most"
        wanted = f' · objective {side} <span class="aim">{aim(metric, objective.threshold)}</span>'
    return (
        f'<p class="value"><b>{amount(metric, now.value)}</b> {bounds}</p>'
        f'<p class="caption">{escape(metric.title)}, last {escape(standing.window)}{wanted}</p>'
    )


def _begin(standing: Standing, at: float, window: str) -> str:
    """Return how far back the course reaches."""
    return span(at - float(standing.trend.spans.starts[standing.begin])) if standing.begin else escape(window)


def _range(standing: Standing) -> str:
    """Return between which values the course lies."""
    value = standing.trend.value[standing.row]
    known = value[~np.isnan(value)]
    if not len(known):
        return ""
    return f"<span>{amount(standing.metric, known.min())} to {amount(standing.metric, known.max())}</span>"


def _facts(standing: Standing, at: float, window: str) -> str:
    join = standing.join
    facts = [
        (f"Labelled, of the last {window}", share(standing.coverage)),
        ("Newest label", ago(join.last_label, at) if join.last_label else "none yet"),
        ("Waiting for labels", f"{join.pending:,}"),
        (f"Events, last {standing.window}", f"{standing.now.events:,.0f}"),
    ]
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    query = urlencode({"model_name": standing.key.model, "model_version": standing.key.version})
    link = f'<a href="api/v1/verdicts?{escape(query)}">All verdicts</a>'
    return f'<dl>{rows}</dl><p class="more">{_others(standing)}{link}</p>'


def _others(standing: Standing) -> str:
    """Return what else is not right."""
    own = standing.metric.title
    told = []
    for what, titles in (("degraded", standing.degraded), ("beside their objectives", standing.breached)):
        others = [title for title in titles if title != own]
        if others:
            told.append(f"Also {what}: {escape(_listed(others))}. ")
    return "".join(told)


def _listed(titles: Sequence[str]) -> str:
    shown = ", ".join(titles[:4])
    return shown if len(titles) <= 4 else f"{shown} and {len(titles) - 4} more"
