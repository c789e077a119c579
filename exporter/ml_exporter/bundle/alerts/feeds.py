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
        subject=f"{feed.name} of {model.name}",
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
        cases=_cases(monitoring, feed, model),
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


def _cases(monitoring: Monitoring, feed: FeedSettings, model: ModelSettings) -> tuple[Case, ...]:
    """Cases in which the newest event goes with the clock, or stands where it is too old from the trouble on."""
    seen = course(monitoring)
    limit = ceil(feed.stalled_after.seconds)
    last_event = selector(_LAST_EVENT, feed=feed.name, instance="one:9877")
    catching_up = selector("ml_catching_up", model_name=model.name, instance="one:9877")
    stands, moves, never = f"{seen.trouble - limit}", f"0+{seen.step}", f"{-2 * _NEVER:.0f}"
    nothing, backlog = {catching_up: seen.throughout(0)}, {catching_up: seen.throughout(1)}
    labels = {
        "job": JOB,
        "severity": _SEVERITY,
        "model_name": model.name,
        "feed": feed.name,
        "events": feed.events,
    }

    def expected(newest: str) -> tuple[ExpectedAlert, ...]:
        return (ExpectedAlert(labels, _annotations(monitoring, feed, model, newest, plain)),)

    def old(at: int) -> str:
        return _OLD.format(age=humanized(at - seen.trouble + limit))

    late = seen.firing + seen.step
    return (
        Case(
            "A feed whose newest event grows old fires",
            {last_event: seen.throughout(stands), **nothing},
            late,
            expected(old(late)),
        ),
        Case(
            "A feed that has never brought an event fires",
            {last_event: seen.throughout(never), **nothing},
            late,
            expected(_NOTHING),
        ),
        Case("A feed that moves does not fire", {last_event: seen.throughout(moves), **nothing}, seen.over, ()),
        Case("A pause does not fire", {last_event: seen.throughout(stands), **nothing}, seen.pending, ()),
        Case(
            "A feed that works off a backlog does not fire",
            {last_event: seen.throughout(stands), **backlog},
            seen.over,
            (),
        ),
        Case(
            "An exporter that then goes down resolves nothing while keep_firing_for lasts",
            {last_event: seen.missing_after(stands, stands), catching_up: seen.missing_after(0, 0)},
            seen.in_outage,
            expected(old(seen.outage - seen.step)),
            outage=True,
        ),
    )


GROUP = AlertGroup(
    "feeds",
    "Feeds: a source of predictions or labels stands still.",
    {NAME: "A feed that a model depends on has brought no newer event for its `stalled_after`."},
    _alerts,
    told_together={NAME: ("alertname", "feed")},
)
