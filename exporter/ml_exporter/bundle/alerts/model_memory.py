"""The process that serves a model takes the host's memory, or is about to."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group, steady
from ml_exporter.bundle.alerts.machine import BROUGHT, INSTANCE, KNOWN, collects, forecast, steadily
from ml_exporter.bundle.alerts.told import binary_bytes, percent, told
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.promql import number, selector
from ml_exporter.config import Monitoring

_GIB = 1 << 30
_TOTAL = 64 * _GIB
_USED = "ml_model_memory_usage_bytes"
_HOST = f"max without (pod) ({selector('ml_host_memory_total_bytes')})"

HIGH = AlertKind(
    "MLModelMemoryHigh",
    "The process that serves the model takes more of the host's memory than the threshold, as a share.",
    threshold=0.8,
    by_instance=True,
)
GROWING = AlertKind(
    "MLModelMemoryGrowing",
    "The process that serves the model, above a quarter of the host's memory, will take all of it within so many hours"
    " as the threshold says if it grows as in the last six, of which at least one is known.",
    threshold=24,
    by_instance=True,
    history=KNOWN,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    if not (collects(monitoring, "process") and collects(monitoring, "memory")):
        return []
    served = [watched for watched in watched_models(monitoring) if watched.model.process is not None]
    return [*(_high(watched) for watched in served), *(_growing(watched) for watched in served)]


def _high(watched: WatchedModel) -> Condition:
    most = watched.threshold(HIGH)
    used = (1 + most) / 2
    return Condition(
        HIGH,
        f"max without (pod) ({watched.selected(_USED)}) / on (job, instance) group_left () {_HOST} > {number(most)}",
        watched.labels,
        BROUGHT,
        watched.annotations(
            HIGH,
            told("its process takes {} of the host's memory", percent(used)),
            told(
                f"{{}}: the process that serves it takes {{}} of the memory of {{}}; it should be at most"
                f" {number(100 * most)}%. Without memory it is ended by the system.",
                watched.model.name,
                percent(used),
                INSTANCE,
            ),
            value=percent(used),
            limit=f"at most {number(100 * most)}%",
            of_version=False,
        ),
        [Sample(_USED, watched.labels, _GIB, used * _TOTAL), _host()],
    )


def _growing(watched: WatchedModel) -> Condition:
    hours = watched.threshold(GROWING)
    used = f"max without (pod) ({watched.selected(_USED)})"
    ahead = forecast(watched.selected(_USED), hours)
    joined = "on (job, instance) group_left ()"
    return Condition(
        GROWING,
        f"{used} > {joined} (0.25 * {_HOST}) and {ahead} > {joined} {_HOST}",
        watched.labels,
        BROUGHT,
        watched.annotations(
            GROWING,
            told("the memory of its process grows without end"),
            told(
                f"{{}}: the process that serves it takes {{}} on {{}}, and more by the hour: all memory within"
                f" {number(hours)} hours if it goes on like that.",
                watched.model.name,
                binary_bytes(_TOTAL // 2),
                INSTANCE,
            ),
            value=binary_bytes(_TOTAL // 2),
            limit=f"not all memory within {number(hours)} hours",
            of_version=False,
        ),
        [Sample(_USED, watched.labels, steadily(watched.monitoring, _GIB, 3 * _GIB), _TOTAL // 2), _host()],
    )


def _host() -> Sample:
    return steady("ml_host_memory_total_bytes", {}, _TOTAL)


GROUP = alert_group(
    "model-memory",
    "Memory: the process that serves a model takes the host's, or is about to.",
    (HIGH, GROWING),
    _conditions,
    area="resources",
)
