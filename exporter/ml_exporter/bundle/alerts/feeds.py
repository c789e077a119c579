"""A feed stands still: what the exporter says about its models grows old."""

from collections.abc import Callable, Sequence
from math import ceil

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import JOB, number, over_instances, selector
from ml_exporter.bundle.templating import humanized, literal, plain
from ml_exporter.config import FeedSettings, ModelSettings, Monitoring

NAME = "MLFeedStalled"
_SEVERITY = "warning"
_LAST_EVENT = "ml_exporter_feed_last_event_timestamp_seconds"

_NEVER = 1e9
"""An age in seconds that only a feed without any event has: its newest event is the epoch."""

_NOTHING, _OLD = "no event so far", "newest event {age} old"
_NEWEST = (
    f"{{{{ if gt $value {_NEVER:g} }}}}{_NOTHING}{{{{ else }}}}"
    f"{_OLD.format(age='{{ $value | humanizeDuration }}')}{{{{ end }}}}"
)
"""Says how old the newest event is; there may never have been one."""

_SPOILT = {
    "predictions": "volume, latency and quality",
    "labels": "quality",
    "outcomes": "volume, latency and quality",
}
"""What cannot be known without the events."""


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [_alert(monitoring, feed, model) for feed in monitoring.feeds for model in monitoring.models_of(feed)]


def _alert(monitoring: Monitoring, feed: FeedSettings, model: ModelSettings) -> Alert:
    last_event = over_instances("max", selector(_LAST_EVENT, feed=feed.name))
    catching_up = over_instances("max", selector("ml_catching_up", model_name=model.name))
    timing = monitoring.alerting.timing
    return Alert(
        name=NAME,
        expression=(
            f"time() - {last_event} > {number(feed.stalled_after.seconds)}"
            f" unless ignoring (feed, model_name) {catching_up} == 1"
        ),
        labels={
            "severity": _SEVERITY,
            "model_name": literal(model.name),
            "feed": feed.name,
            "events": feed.events,
        },
        annotations=_annotations(monitoring, feed, model, _NEWEST, literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
    )


def _annotations(
    monitoring: Monitoring, feed: FeedSettings, model: ModelSettings, newest: str, escape: Callable[[str], str]
) -> dict[str, str]:
    return {
        "summary": f"{escape(model.name)}: the feed {feed.name} has stalled",
        "description": (
            f"The feed {feed.name}: {newest}; it should be at most {feed.stalled_after} old, by the event's own clock."
            f" Until a newer one comes, what is shown of {escape(model.name)}'s {_SPOILT[feed.events]} is old."
        ),
        "value": newest,
        "threshold": f"at most {feed.stalled_after} old",
        "dashboard_url": dashboard(monitoring, model.name),
        "runbook_url": runbook(monitoring, NAME),
    }


def _cases(monitoring: Monitoring) -> Sequence[Case]:
    """Cases in which the newest event goes with the clock, or stands where it is too old from the trouble on."""
    seen = course(monitoring)

    def stands(feed: FeedSettings) -> str:
        return f"{seen.trouble - ceil(feed.stalled_after.seconds)}"

    def newest_event(values: Callable[[FeedSettings], str]) -> dict[str, str]:
        return {selector(_LAST_EVENT, feed=feed.name, instance="one:9877"): values(feed) for feed in monitoring.feeds}

    def catching_up(values: str) -> dict[str, str]:
        names = [model.name for model in monitoring.models]
        return {selector("ml_catching_up", model_name=name, instance="one:9877"): values for name in names}

    def expected(newest: Callable[[FeedSettings], str]) -> list[ExpectedAlert]:
        return [
            ExpectedAlert(
                {
                    "job": JOB,
                    "severity": _SEVERITY,
                    "model_name": model.name,
                    "feed": feed.name,
                    "events": feed.events,
                },
                _annotations(monitoring, feed, model, newest(feed), plain),
            )
            for feed in monitoring.feeds
            for model in monitoring.models_of(feed)
        ]

    def old_at(at: int) -> Callable[[FeedSettings], str]:
        return lambda feed: _OLD.format(age=humanized(at - seen.trouble + ceil(feed.stalled_after.seconds)))

    late = seen.firing + seen.step
    no_backlog = catching_up(seen.throughout(0))
    stopped = newest_event(lambda feed: seen.throughout(stands(feed)))
    silent = newest_event(lambda _feed: seen.throughout(f"{-2 * _NEVER:.0f}"))
    moving = newest_event(lambda _feed: seen.throughout(f"0+{seen.step}"))
    return [
        Case(NAME, "A feed whose newest event grows old fires", stopped | no_backlog, late, expected(old_at(late))),
        Case(
            NAME,
            "A feed that has never brought an event fires",
            silent | no_backlog,
            late,
            expected(lambda _feed: _NOTHING),
        ),
        Case(NAME, "A feed that moves does not fire", moving | no_backlog, seen.over),
        Case(NAME, "A pause does not fire", stopped | no_backlog, seen.pending),
        Case(
            NAME,
            "A feed that works off a backlog does not fire",
            stopped | catching_up(seen.throughout(1)),
            seen.over,
        ),
        Case(
            NAME,
            "An exporter that then goes down resolves nothing while keep_firing_for lasts",
            newest_event(lambda feed: seen.missing_after(stands(feed), stands(feed)))
            | catching_up(seen.missing_after(0, 0)),
            seen.in_outage,
            expected(old_at(seen.outage - seen.step)),
            outage=True,
        ),
    ]


GROUP = AlertGroup(
    "feeds",
    "Feeds: a source of predictions or labels stands still.",
    {NAME: "A feed that a model depends on has brought no newer event for its `stalled_after`."},
    _alerts,
    _cases,
    told_together={NAME: ("alertname", "feed")},
)
