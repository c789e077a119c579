"""Can this be trusted?"""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Query
from ml_exporter.bundle.dashboards.queries import FEEDS, OVERALL, gauge, rate, state

_PER_MINUTE = "suffix:/min"
_LONGEST_AGE = "1e9"
"""Seconds that only a feed without any event is old: its newest event is the epoch."""


def trust_section() -> Section:
    """Return the section."""
    labels = [(_volume(), 8), (_coverage(), 8), (_delay(), 8)]
    feeds = [(_by_age(), 8), (_waiting(), 8), (age(), 8)]
    return Section("Can this be trusted?", [Strip(7, labels), Strip(7, feeds)])


def _volume() -> Any:
    return panels.lines(
        "Volume",
        "Predictions and labels that came in. Where labels stop, quality speaks of the past; where predictions stop,"
        " nobody uses the model.",
        [
            Query(f"60 * {rate('ml_predictions_total', 'model_version', OVERALL)}", "Predictions"),
            Query(f"60 * {rate('ml_labels_total', 'model_version', OVERALL)}", "Labels"),
        ],
        _PER_MINUTE,
        no_value="Nothing came in",
        from_zero=True,
    )


def _coverage() -> Any:
    return panels.lines(
        "Labels: coverage",
        "Of the predictions made in the window, the share that has its label by now. It falls when labels stop.",
        [Query(gauge("ml_label_coverage_ratio"), "Labelled")],
        "percentunit",
        no_value="No predictions in this window",
        from_zero=True,
    ).max(1)


def _by_age() -> Any:
    return panels.lines(
        "Labels: coverage by age",
        "Of the predictions made so long ago, the share that has its label by now: how long labels take, as it is now."
        " A line that falls: labels come later than they did, or stopped so long ago.",
        [Query(state("ml_label_coverage_by_age_ratio", "age"), "{{age}} ago")],
        "percentunit",
        no_value="No predictions are old enough",
        from_zero=True,
    ).max(1)


def _delay() -> Any:
    buckets = rate("ml_label_delay_seconds_bucket", "le", OVERALL, over="$window")
    quantiles = {"95 %": 0.95, "Median": 0.5}
    return panels.lines(
        "Labels: delay",
        "How long the window's labels took to follow their predictions.",
        [Query(f"histogram_quantile({quantile}, {buckets}) >= 0", name) for name, quantile in quantiles.items()],
        "s",
        no_value="No labels in this window",
        from_zero=True,
    )


def _waiting() -> Any:
    return panels.lines(
        "Waiting",
        "Predictions that no label has reached yet, and labels that wait for their prediction. Both growing: the ids"
        " of predictions and labels do not fit together.",
        [
            Query(state("ml_pending_predictions"), "Predictions without label"),
            Query(state("ml_exporter_unmatched_labels", "job", FEEDS), "Labels without prediction"),
        ],
        "short",
        no_value="Nothing waits",
        from_zero=True,
    )


def age() -> Any:
    """Return how old the newest event of each feed is."""
    newest = state("ml_exporter_feed_last_event_timestamp_seconds", "feed", FEEDS)
    return panels.lines(
        "Feeds: age of the newest event",
        "How old the newest event of each feed is: a line that climbs steadily is a feed that stands still.",
        [Query(f"time() - {newest} < {_LONGEST_AGE}", "{{feed}}")],
        "s",
        no_value="No feed has brought an event",
        from_zero=True,
    )


def rejected() -> Any:
    """Return the events that could not be used."""
    return panels.lines(
        "Feeds: events rejected",
        "Events that could not be used, by reason. The dead-letter file of the feed has each, with what is wrong.",
        [Query(f"60 * {rate('ml_exporter_feed_rejected_total', 'feed, reason', FEEDS)}", "{{feed}}: {{reason}}")],
        _PER_MINUTE,
        no_value="No event has been rejected",
        from_zero=True,
    )
