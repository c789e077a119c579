"""The exporter's own health."""

from collections.abc import Iterable
from html import escape

import ml_exporter
from ml_exporter.server.page.words import seconds, when
from ml_exporter.snapshot import Observation

_SLOW = 0.5
"""A tick that takes such a share of its interval is worth a word."""


def health(observation: Observation, failing_collectors: Iterable[str]) -> str:
    """Return the section of the exporter's own health."""
    tick, took = observation.monitoring.tick, observation.tick_seconds
    failing = sorted(failing_collectors)
    rejected = sum(sum(feed.rejected.values()) for feed in observation.feeds.values())
    folded = sum(observation.series_folded.values())
    errors = sum(feed.errors for feed in observation.feeds.values())
    facts = [
        (
            "Last tick",
            f"{when(observation.at, observation.at)}, took {seconds(took)} of {escape(str(tick))}",
            took > _SLOW * tick.seconds,
        ),
        ("Collectors", f"failing: {escape(', '.join(failing))}" if failing else "all well", bool(failing)),
        ("Series kept", f"{sum(observation.series_kept.values()):,}", False),
        ("Folded for want of room", f"{folded:,}", folded > 0),
        ("Labels without a prediction", f"{observation.unmatched_labels:,}", False),
        ("Contradicted labels", f"{observation.label_conflicts:,}", False),
        ("Predictions expired unlabelled", f"{observation.expired_predictions:,}", False),
        ("Events rejected", f"{rejected:,}", False),
        ("Failed reads since the start", f"{errors:,}", errors > 0),
        ("Version", escape(ml_exporter.__version__), False),
    ]
    rows = "".join(
        f"<div{' class=doubt' if doubtful else ''}><dt>{name}</dt><dd>{value}</dd></div>"
        for name, value, doubtful in facts
    )
    return f'<h2>Exporter</h2><dl class="wide">{rows}</dl>'
