"""Nobody asks the model any more: its requests are few against what is usual."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts import Case
from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group, with_samples
from ml_exporter.bundle.alerts.course import Course, course
from ml_exporter.bundle.alerts.told import queried, told, value
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.promql import JOB, number
from ml_exporter.config import Duration, Monitoring

_REQUESTS = "ml_window_requests"
_EXPECTED = 20
"""Requests that are usual in the short window, below which a silence may be chance."""

_USUAL = 800
"""The same of the tests."""

GONE = AlertKind(
    "MLPredictionVolumeGone",
    "The model is asked much less than usual: its requests in the shortest window are below so much of the usual ones"
    " as the threshold says. Usual is the longest window's rate, and at least"
    f" {_EXPECTED} requests; all versions count together.",
    threshold=0.05,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    """Return a condition for every model; with one window only nothing says what is usual."""
    if len(monitoring.windows) < 2:
        return []
    return [_condition(watched) for watched in watched_models(monitoring)]


def _condition(watched: WatchedModel) -> Condition:
    short, long = watched.monitoring.windows[0], watched.monitoring.windows[-1]
    share = watched.threshold(GONE)

    def requests(window: Duration) -> str:
        largest = watched.largest(_REQUESTS, window=str(window))
        return f"sum without (model_version, status, window) ({largest})"

    usual = f"{requests(long)} / {number(long.seconds / short.seconds)}"
    catching_up = watched.largest("ml_catching_up")
    told_usual = queried(usual, "%.0f", number(_USUAL))
    few = share * _USUAL / 2
    return Condition(
        GONE,
        f"{requests(short)} < {number(share)} * ({usual} >= {_EXPECTED}) unless on (model_name) {catching_up} == 1",
        watched.labels,
        {"job": JOB},
        watched.annotations(
            GONE,
            told("it is hardly asked any more"),
            told(
                f"{{}} had {{}} requests in the last {short}; usual are {{}}. Whoever asks it has stopped, asks another"
                " one, or no longer writes down what it says.",
                watched.model.name,
                value(few),
                told_usual,
            ),
            value=value(few, " requests"),
            limit=told(f"at least {number(100 * share)}% of the usual {{}} requests", told_usual),
            window=str(short),
            further={"events": value(few, " requests")},
            of_version=False,
        ),
        [
            watched.sample(_REQUESTS, _USUAL, few, window=str(short), status="success"),
            watched.steady(_REQUESTS, _USUAL * long.seconds / short.seconds, window=str(long), status="success"),
            Sample("ml_catching_up", watched.labels, 0, 0),
        ],
    )


def _backlog(monitoring: Monitoring) -> Sequence[Case]:
    """Return the case of a feed that works off a backlog: what is usual is then not known."""
    conditions = _conditions(monitoring)
    if not conditions:
        return []
    seen = course(monitoring)

    def behind(sample: Sample, seen: Course) -> str:
        if sample.family == "ml_catching_up":
            return seen.throughout(1)
        return seen.changed(sample.calm, sample.troubled)

    series = {
        name: values for condition in conditions for name, values in with_samples(condition, seen, behind).items()
    }
    return [Case(GONE.name, "A model whose feed works off a backlog does not fire", series, seen.over)]


GROUP = alert_group(
    "volume",
    "Volume: nobody asks the model any more.",
    [GONE],
    _conditions,
    more_cases=_backlog,
)
