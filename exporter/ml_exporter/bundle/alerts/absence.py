"""A configured model of which nothing is known, though the exporter is there."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts import Case
from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.course import GONE, course
from ml_exporter.bundle.alerts.told import Told, told
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.promql import JOB, selector
from ml_exporter.config import Monitoring

_PREDICTIONS = "ml_predictions_total"
_NOTHING = "no series"

ABSENT = AlertKind(
    "MLModelAbsent",
    "The exporter is there and behind with no feed, but has no series of a model that is configured: none of its"
    " predictions has ever come, or none for its `retire_after`.",
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [_condition(watched) for watched in watched_models(monitoring)]


def _condition(watched: WatchedModel) -> Condition:
    up = f"max without (instance, pod) ({selector('up')})"
    behind = watched.largest("ml_catching_up")
    return Condition(
        ABSENT,
        f"absent({watched.selected(_PREDICTIONS)}) and on () {up} == 1 unless on () {behind} == 1",
        watched.labels,
        {"job": JOB},
        watched.annotations(
            ABSENT,
            told("nothing is known of it"),
            told(
                "The exporter is there, but has never had a prediction of {}, or none for"
                f" {watched.model.retire_after}: it is not used, or its events come under another name.",
                watched.model.name,
            ),
            value=Told(_NOTHING, _NOTHING),
            limit="predictions of every model that is configured",
            further={"events": Told("0 predictions", "0 predictions")},
            of_version=False,
        ),
        [
            watched.sample(_PREDICTIONS, 1, GONE),
            Sample("up", {}, 1, 1),
            Sample("ml_catching_up", watched.labels, 0, 0),
        ],
    )


def _more_cases(monitoring: Monitoring) -> Sequence[Case]:
    seen, models = course(monitoring), watched_models(monitoring)
    up = {selector("up", instance="one:9877"): seen.throughout(1)}
    behind = {
        selector("ml_catching_up", instance="one:9877", **watched.labels): seen.throughout(1) for watched in models
    }
    return [
        Case(ABSENT.name, "A model whose backlog is still read does not fire", {**up, **behind}, seen.over),
        Case(
            ABSENT.name,
            "An exporter that is down is another alert",
            {selector("up", instance="one:9877"): seen.throughout(0)},
            seen.over,
        ),
    ]


GROUP = alert_group(
    "absence",
    "Absence: nothing is known of a model that is configured.",
    [ABSENT],
    _conditions,
    more_cases=_more_cases,
)
