"""The page as a document: its own style and script, and a policy that lets nothing else in."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from ml_exporter.server.alertmanager import Answer
from ml_exporter.server.api.choosing import default_window
from ml_exporter.server.page.alert_list import alert_list
from ml_exporter.server.page.cards import BADGES, MOST_FULL, card
from ml_exporter.server.page.feed_table import feed_table
from ml_exporter.server.page.health import health
from ml_exporter.server.page.standing import Standing, State, counts, standings
from ml_exporter.server.page.verdict import verdict_of
from ml_exporter.server.page.words import when
from ml_exporter.snapshot import Snapshot

_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8")
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 5l5 2 4-1 5 6'"
    " fill='none' stroke='%232a5d9f' stroke-width='2.4'/%3E%3C/svg%3E"
)
_MOST_WRONG = 24
"""So many cards of what is not right tell everything, where there are many."""

_FILTER_FROM = 7
"""From so many cards on it is worth looking for one."""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src {_hash(_SCRIPT)}",
        f"style-src {_hash(_STYLE)}",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy that belongs to the page (W3C, Content Security Policy Level 3)."""


def status_page(snapshot: Snapshot, answer: Answer | None, failing_collectors: Iterable[str]) -> str:
    """Return the page as HTML; every text that comes from outside is escaped.

    Args:
        snapshot: what is shown.
        answer: what Alertmanager said; ``None``: nothing yet.
        failing_collectors: the names of those.
    """
    observation, at = snapshot.observation, snapshot.at
    found = standings(observation)
    window = str(default_window(observation.monitoring))
    alerts = f'<section id="alerts" aria-label="Active alerts">{alert_list(observation, answer)}</section>'
    firing = answer is not None and bool(answer.alerts)
    above, below = (alerts, "") if firing and len(found) > MOST_FULL else ("", alerts)
    models = f'{_filter(found)}<div id="cards">{_cards(found, at, window)}</div>'
    own = health(observation, failing_collectors)
    body = f"""<header class="top"><p id="clock" data-at="{at!r}">ml_exporter · as of {when(at, at)}</p>
<p id="lost" class="lost" role="alert" hidden></p>
<nav aria-label="More"><a href="metrics">Metrics</a> <a href="api/v1/summary">Summary</a>
<a href="api/v1/openapi.json">API</a></nav></header>
<main>
<section id="verdict" role="status" aria-label="Verdict">{verdict_of(found, at)}</section>
{above}<section aria-label="Models"><h2 class="unseen">Models</h2>{models}</section>
{below}<section id="feeds" aria-label="Feeds">{feed_table(observation)}</section>
<section id="exporter" aria-label="Exporter">{own}</section>
</main>"""
    return _document(_title(found), body, observation.monitoring.tick.seconds)


def waiting_page() -> str:
    """Return the page of an exporter that has no snapshot yet."""
    return _document(
        "ml_exporter",
        "<main><h1>Restoring its state</h1><p>The first metrics come in a moment.</p></main>",
        refresh_in=2,
    )


def _document(title: str, body: str, tick: float = 0.0, refresh_in: int | None = None) -> str:
    again = f'<meta http-equiv="refresh" content="{refresh_in or 30}">'
    head = again if refresh_in else f"<noscript>{again}</noscript>"
    script = "" if refresh_in else f"<script>{_SCRIPT}</script>"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{escape(title)}</title><link rel="icon" href="{_ICON}">{head}
<style>{_STYLE}</style></head><body data-tick="{tick:g}">{body}{script}</body></html>
"""


def _title(found: Sequence[Standing]) -> str:
    wrong = sum(one.state in (State.DEGRADED, State.BREACHED) for one in found)
    return f"({wrong}) ml_exporter" if wrong else "ml_exporter"


def _cards(found: Sequence[Standing], at: float, window: str) -> str:
    """Return the cards: all in full where there are few of them, otherwise those of what is not right."""
    wrong = [one for one in found if one.state in (State.DEGRADED, State.BREACHED)][:_MOST_WRONG]
    full = found if len(found) <= MOST_FULL else wrong
    whole = "".join(card(one, at, window, full=True) for one in full)
    rest = "".join(card(one, at, window, full=False) for one in found[len(full) :])
    return whole + (f'<div class="group">{rest}</div>' if rest else "")


def _filter(found: Sequence[Standing]) -> str:
    wanted = "yes" if len(found) >= _FILTER_FROM else "no"
    states = "".join(_choice(state, count) for state, count in counts(found).items())
    return (
        f'<div class="filter" id="filter" data-wanted="{wanted}" hidden>'
        '<input id="words" type="search" placeholder="Model or version" aria-label="Model or version">'
        f'<button type="button" data-state="all" aria-pressed="true">All {len(found)}</button>{states}'
        '<span id="found" class="quiet" role="status"></span></div>'
    )


def _choice(state: State, count: int) -> str:
    empty = "" if count else " hidden"
    name = state.name.lower()
    return f'<button type="button" data-state="{name}" aria-pressed="false"{empty}>{BADGES[state][1]} {count}</button>'
