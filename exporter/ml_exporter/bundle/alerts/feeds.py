"""A feed stands still: what the exporter says about its models grows old."""

from collections.abc import Callable, Sequence

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert, within_outage
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import JOB, over_instances, selector
from ml_exporter.bundle.templating import literal
from ml_exporter.config import FeedSettings, ModelSettings, Monitoring

NAME = "MLFeedStalled"
_SEVERITY = "warning"
_LAST_EVENT = "ml_exporter_feed_last_event_timestamp_seconds"


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [_alert(monitoring, feed, model) for feed in monitoring.feeds for model in monitoring.models_of(feed)]


def _alert(monitoring: Monitoring, feed: FeedSettings, model: ModelSettings) -> Alert:
    last_event = over_instances("max", selector(_LAST_EVENT, feed=feed.name))
    catching_up = over_instances("max", selector("ml_catching_up", model_name=model.name))
    timing = monitoring.alerting.timing
    return Alert(
        name=NAME,
        expression=(f"(time() - {last_event} > {feed.stalled_after.seconds:g}) unless on () ({catching_up} == 1)"),
        labels={"severity": _SEVERITY, "model_name": literal(model.name), "feed": feed.name},
        annotations=_annotations(monitoring, feed, model, "{{ $value | humanizeDuration }}", literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
        cases=_cases(monitoring, feed, model),
    )


def _annotations(
    monitoring: Monitoring, feed: FeedSettings, model: ModelSettings, age: str, escape: Callable[[str], str]
) -> dict[str, str]:
    stale = (
        "predictions, so its volume and latency are" if feed.events == "predictions" else "labels, so its quality is"
    )
    return {
        "summary": f"{escape(model.name)}: the feed {feed.name} stands still",
        "description": (
            f"The newest event of the feed {feed.name} is {age} old (limit {feed.stalled_after})."
            f" It brings {escape(model.name)}'s {stale} not known to be right at present."
        ),
        "value": f"newest event {age} old",
        "threshold": f"at most {feed.stalled_after}",
        "dashboard_url": dashboard(monitoring, model.name),
        "runbook_url": runbook(monitoring, NAME),
    }


def _cases(monitoring: Monitoring, feed: FeedSettings, model: ModelSettings) -> tuple[Case, ...]:
    """Cases in which the clock starts at 0 and the newest event stays at 0, or goes with the clock."""
    last_event = selector(_LAST_EVENT, feed=feed.name, instance="one:9877")
    catching_up = selector("ml_catching_up", model_name=model.name, instance="one:9877")
    expected = ExpectedAlert(
        {"job": JOB, "severity": _SEVERITY, "model_name": model.name, "feed": feed.name},
        _annotations(monitoring, feed, model, "4d 4h 0m 0s", str),
    )
    return (
        Case(
            "A feed whose newest event grows old fires",
            {last_event: "0x6000", catching_up: "0x6000"},
            "100h",
            (expected,),
        ),
        Case("A feed that moves does not fire", {last_event: "0+60x6000", catching_up: "0x6000"}, "100h", ()),
        Case(
            "A feed that works off a backlog does not fire",
            {last_event: "0x6000", catching_up: "1x6000"},
            "100h",
            (),
        ),
        Case(
            "An outage of the exporter resolves nothing while keep_firing_for lasts",
            {last_event: "0x5990 _x20", catching_up: "0x5990 _x20"},
            within_outage(monitoring, 5990 * 60),
            (ExpectedAlert(expected.labels, _annotations(monitoring, feed, model, "4d 3h 54m 45s", str)),),
        ),
    )


GROUP = AlertGroup(
    "feeds",
    "Feeds: a source of predictions or labels stands still.",
    {NAME: "A feed that a model depends on has brought no newer event for its `stalled_after`."},
    _alerts,
)
