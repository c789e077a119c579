"""The feeds: where each stands, and how far it is behind."""

from html import escape

from ml_exporter import feeds
from ml_exporter.feeds import FeedError
from ml_exporter.server.page.words import ago
from ml_exporter.snapshot import FeedObservation, Observation

_COLUMNS = ("Feed", "State", "Newest event", "Position", "Read", "Rejected", "Duplicates")


def feed_table(observation: Observation) -> str:
    """Return the section of feeds: where each stands, and how far it is behind."""
    settings = {feed.name: feed for feed in observation.monitoring.feeds}
    rows = []
    for name, feed in observation.feeds.items():
        state, word = _feed_state(feed, settings[name].stalled_after.seconds, observation.at)
        rejected = f"{sum(feed.rejected.values()):,}"
        why = ", ".join(f"{reason} {count:,}" for reason, count in sorted(feed.rejected.items()) if count)
        newest = ago(feed.last_event, observation.at) if feed.last_event else "none yet"
        cells = [
            f'<th scope="row">{escape(name)} <small>{escape(feed.kind)}</small></th>',
            f'<td data-label="State" class="{state}">{word}</td>',
            f'<td data-label="Newest event">{newest}</td>',
            f'<td data-label="Position">{escape(_position(feed, settings[name].kind))}</td>',
            f'<td data-label="Read">{feed.events:,}</td>',
            f'<td data-label="Rejected">{rejected}{f" <small>{escape(why)}</small>" if why else ""}</td>',
            f'<td data-label="Duplicates">{feed.duplicates:,}</td>',
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    return f"<h2>Feeds</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _feed_state(feed: FeedObservation, stalled_after: float, at: float) -> tuple[str, str]:
    if feed.failing:
        return "bad", "cannot be read"
    if feed.behind:
        return "doubt", "catching up"
    if not feed.last_event:
        return "doubt", "nothing yet"
    if at - feed.last_event > stalled_after:
        return "bad", "stalled"
    return "good", "up to date"


def _position(feed: FeedObservation, kind: str) -> str:
    where = feeds.kinds()[kind].where
    if feed.position is None or where is None:
        return "–"  # noqa: RUF001 - a dash
    try:
        return where(feed.position)
    except FeedError:
        return "unreadable"
