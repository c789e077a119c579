"""The truth comes more slowly, or for fewer predictions, than it used to: quality then speaks of the past."""

from collections.abc import Sequence
from math import ceil

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group, steady
from ml_exporter.bundle.alerts.told import moment, percent, queried, told
from ml_exporter.bundle.alerts.watched_model import EVENTS_IN_TESTS, WatchedModel, watched_models
from ml_exporter.bundle.promql import JOB, number, over_instances, selector
from ml_exporter.bundle.templating import VERSION
from ml_exporter.config import Duration, Monitoring

_COVERAGE = "ml_label_coverage_ratio"
_LAST_LABEL = "ml_last_label_timestamp_seconds"
_LAST_EVENT = "ml_exporter_feed_last_event_timestamp_seconds"
_USUAL = 0.75
"""The coverage of the tests."""

_ALWAYS_NEW = 10**9
"""A time that is still to come in the tests, which begin in 1970."""

COVERAGE = AlertKind(
    "MLLabelCoverageFalling",
    "Of the predictions of the longest window a smaller share is labelled than usual: below so much of the median of"
    " the last week as the threshold says.",
    threshold=0.5,
    rests_on="labels",
)
LATE = AlertKind(
    "MLLabelsLate",
    "The newest label of the model is older than `stalled_after` of its feeds of labels allows, while these feeds"
    " bring newer ones of other models, or for other predictions.",
    rests_on="labels",
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    models = watched_models(monitoring)
    return [
        *(_coverage(watched) for watched in models),
        *(_late(watched, feeds) for watched in models if (feeds := _feeds_of_labels(watched))),
    ]


def _coverage(watched: WatchedModel) -> Condition:
    window, share = str(watched.monitoring.windows[-1]), watched.threshold(COVERAGE)
    coverage = watched.largest(_COVERAGE, window=window)
    usual = f"quantile_over_time(0.5, {watched.selected(_COVERAGE, window=window)}[7d:1h])"
    own = selector(_COVERAGE, model_name=watched.model.name, model_version=VERSION, window=window)
    median = queried(f"100 * max(quantile_over_time(0.5, {own}[7d:1h]))", "%.3g", number(100 * _USUAL))
    requests, counted = watched.requests(window)
    return Condition(
        COVERAGE,
        f"{coverage} < {number(share)} * {over_instances('max', usual)}",
        watched.labels,
        {**watched.brought, "window": window},
        watched.annotations(
            COVERAGE,
            told("fewer of its predictions are labelled"),
            told(
                f"{{}}: {{}} of the predictions of the last {window} are labelled by now, of {{}}; usual is {{}}%."
                " What is said of its quality rests on these few.",
                watched.subject,
                percent(share * _USUAL / 2),
                requests,
                median,
            ),
            value=percent(share * _USUAL / 2),
            limit=told(f"at least {number(100 * share)}% of the usual {{}}%", median),
            window=window,
            further={"events": requests},
        ),
        [watched.sample(_COVERAGE, _USUAL, share * _USUAL / 2, window=window), counted],
    )


def _feeds_of_labels(watched: WatchedModel) -> dict[str, Duration]:
    """Return name and patience of the feeds that bring the model's labels."""
    return {
        feed.name: feed.stalled_after
        for feed in watched.monitoring.feeds
        if feed.events == "labels" and watched.model in watched.monitoring.models_of(feed)
    }


def _late(watched: WatchedModel, feeds: dict[str, Duration]) -> Condition:
    """Return the condition: the model's newest label, of whichever version, is old, and that of a feed is not."""
    longest = max(feeds.values())
    newest = f"max without (instance, pod, model_version) ({watched.selected(_LAST_LABEL)})"
    moving = " or ".join(
        f"{over_instances('max', selector(_LAST_EVENT, feed=feed))} > time() - {number(patience.seconds)}"
        for feed, patience in feeds.items()
    )
    catching_up = watched.largest("ml_catching_up")
    counted = f"sum({over_instances('max', watched.selected('ml_pending_predictions'))})"
    waiting = told("{} predictions wait", queried(counted, "%.0f", str(EVENTS_IN_TESTS)))
    old = -ceil(longest.seconds)  # before the tests begin
    return Condition(
        LATE,
        f"({newest} < time() - {number(longest.seconds)} and on (job) ({moving}))"
        f" unless on (model_name) {catching_up} == 1",
        watched.labels,
        {"job": JOB},
        watched.annotations(
            LATE,
            told("its labels are late"),
            told(
                "{}: the newest label is of {}, though its feeds bring newer events; it should be at most"
                f" {longest} old. {{}}.",
                watched.model.name,
                moment(old),
                waiting,
            ),
            value=moment(old),
            limit=f"at most {longest} old",
            further={"events": waiting},
            of_version=False,
        ),
        [
            watched.sample(_LAST_LABEL, _ALWAYS_NEW, old),
            *(steady(_LAST_EVENT, {"feed": feed}, _ALWAYS_NEW) for feed in feeds),
            watched.steady("ml_pending_predictions", EVENTS_IN_TESTS),
        ],
    )


GROUP = alert_group(
    "labels",
    "Labels: the truth comes late, or for fewer predictions than usual.",
    (COVERAGE, LATE),
    _conditions,
    area="quality",
)
