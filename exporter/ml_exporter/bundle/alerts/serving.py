"""A model fails or is slow, though nobody set an objective for that."""

from collections.abc import Sequence

from ml_exporter import catalogue
from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group
from ml_exporter.bundle.alerts.told import Told, percent, queried, told, value
from ml_exporter.bundle.alerts.watched_model import EVENTS_IN_TESTS, WatchedModel, watched_models
from ml_exporter.bundle.promql import number, over_instances, selector
from ml_exporter.bundle.templating import VERSION
from ml_exporter.config import Monitoring

_ENOUGH = 100
"""Requests in the window, below which nothing is said."""

_LATENCY = catalogue.metric("prediction_latency_p95", "binary")
_ERROR_RATE = catalogue.metric("error_rate", "binary")

ERRORS = AlertKind(
    "MLErrorRateHigh",
    "A share of the requests above the threshold fails, beyond chance: the whole 95 % interval lies above it, on at"
    f" least {_ENOUGH} requests. For models without an objective for `error_rate`.",
    threshold=0.05,
)
SLOW = AlertKind(
    "MLLatencyHigh",
    "A request in twenty takes longer than the threshold, in seconds, on at least"
    f" {_ENOUGH} requests. For models without an objective for `prediction_latency_*`.",
    threshold=1,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    models = watched_models(monitoring)
    return [
        *(_errors(watched) for watched in models if _ERROR_RATE.id not in watched.model.objectives),
        *(_slow(watched) for watched in models if watched.model.slow_request_seconds is None),
    ]


def _requests(watched: WatchedModel) -> str:
    largest = watched.largest("ml_window_requests", window=watched.shortest)
    return f"sum without (status) ({largest})"


def _errors(watched: WatchedModel) -> Condition:
    window, limit = watched.shortest, watched.threshold(ERRORS)
    rate = (1 + limit) / 2
    lower_family, upper_family = (_ERROR_RATE.bound_family(side).name for side in ("lower", "upper"))
    own = {"model_name": watched.model.name, "model_version": VERSION, "window": window}
    lower, upper = (
        queried(f"100 * max({selector(family, **own)})", "%.4g", number(100 * rate))
        for family in (lower_family, upper_family)
    )
    requests = _all_requests(watched)
    interval = told("{}% to {}%", lower, upper)
    return Condition(
        ERRORS,
        f"{watched.largest(_ERROR_RATE.family.name, window=window)} > {number(limit)}"
        f" and {watched.largest(lower_family, window=window)} > {number(limit)}"
        f" and {_requests(watched)} >= {_ENOUGH}",
        watched.labels,
        {**watched.brought, "window": window},
        watched.annotations(
            ERRORS,
            told("its requests fail"),
            told(
                f"{{}}: {{}} of the requests of the last {window} failed (95 % interval {{}}), on {{}}; it should be at"
                f" most {number(100 * limit)}%.",
                watched.subject,
                percent(rate),
                interval,
                requests,
            ),
            value=told("{} (95 % interval {})", percent(rate), interval),
            limit=f"at most {number(100 * limit)}%",
            window=window,
            further={"events": requests},
        ),
        [
            watched.sample(_ERROR_RATE.family.name, limit, rate, window=window),
            watched.sample(lower_family, limit / 2, rate, window=window),
            watched.steady(upper_family, rate, window=window),
            watched.steady("ml_window_requests", EVENTS_IN_TESTS, window=window, status="success"),
        ],
    )


def _slow(watched: WatchedModel) -> Condition:
    window, limit = watched.shortest, watched.threshold(SLOW)
    requests, seconds = _all_requests(watched), value(2 * limit, " s")
    return Condition(
        SLOW,
        f"{watched.largest(_LATENCY.family.name, window=window, **_LATENCY.fixed_labels)} > {number(limit)}"
        f" and on (model_name, model_version, window) {_requests(watched)} >= {_ENOUGH}",
        watched.labels,
        {**watched.brought, "window": window, **_LATENCY.fixed_labels},
        watched.annotations(
            SLOW,
            told("its answers are slow"),
            told(
                f"{{}}: a request in twenty of the last {window} took longer than {{}}, on {{}}; it should be at most"
                f" {number(limit)} s.",
                watched.subject,
                seconds,
                requests,
            ),
            value=seconds,
            limit=f"at most {number(limit)} s",
            window=window,
            further={"events": requests},
        ),
        [
            watched.sample(_LATENCY.family.name, limit, 2 * limit, window=window, **_LATENCY.fixed_labels),
            watched.steady("ml_window_requests", EVENTS_IN_TESTS, window=window, status="success"),
        ],
    )


def _all_requests(watched: WatchedModel) -> Told:
    own = {"model_name": watched.model.name, "model_version": VERSION, "window": watched.shortest}
    largest = over_instances("max", selector("ml_window_requests", **own))
    return told("{} requests", queried(f"sum({largest})", "%.0f", str(EVENTS_IN_TESTS)))


GROUP = alert_group(
    "serving",
    "Serving: a model fails or is slow, and has no objective for that.",
    (ERRORS, SLOW),
    _conditions,
    area="serving",
)
