"""A source lets go of events before they were read: what is shown lacks them for ever."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.machine import annotations
from ml_exporter.bundle.alerts.told import label, told
from ml_exporter.bundle.promql import JOB, over_instances, selector
from ml_exporter.config import Monitoring

_LOST = "ml_exporter_feed_lost_events_total"
_SPAN = 900.0

LOSING = AlertKind(
    "MLFeedLosingEvents",
    "In the last 15 minutes a source has let go of events before they were read: retention, trimming, vacuum.",
    history=_SPAN,
)


def _lost(then: str = "") -> str:
    """Return how many events have been lost, over all exporters that share a feed."""
    return over_instances("sum", f"{selector(_LOST)}{then}")


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    name = monitoring.feeds[0].name
    feed = label("feed", name)
    return [
        Condition(
            LOSING,
            f"{_lost()} > {_lost(' offset 15m')}",
            {},
            {"job": JOB, "feed": name},
            annotations(
                monitoring,
                LOSING,
                told("The feed {} loses events", feed),
                told(
                    "The feed {}: its source removes events before they are read. What is shown lacks them for ever,"
                    " and labels of lost predictions find none. Its log says how many and where.",
                    feed,
                ),
                value=told("events were removed unread"),
                limit="no event is lost",
            ),
            [Sample(_LOST, {"feed": name}, 0, "1+1")],
        )
    ]


GROUP = alert_group(
    "feed-losses",
    "Feeds: a source lets go of events before they were read.",
    (LOSING,),
    _conditions,
    about_models=False,
)
