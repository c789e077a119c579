"""From query parameters to what they choose: models, series, metrics, a window."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config import Duration, ModelSettings, Monitoring, closest
from ml_exporter.server.api.resource import NotFound, Parameter, ParameterError
from ml_exporter.snapshot import Observation
from ml_exporter.tallies import SeriesKey

_DURATION = "[1-9][0-9]{0,3}[smhd]"
_DURATIONS = {"type": "string", "pattern": f"^{_DURATION}$", "examples": ["15m", "24h", "7d"]}
_A_DAY = 86_400.0

MODEL_NAME = Parameter("Only of this model.")
MODEL_VERSION = Parameter("Only of this version.")
SEGMENT_KEY = Parameter("Of the slices by this segment key, instead of the whole.")
SEGMENT_VALUE = Parameter("Of the slices with this value, instead of the whole.")
WINDOW = Parameter(
    "How far back, as `15m`, `24h` or `7d`. By default the longest configured window of up to a day, else the"
    " shortest.",
    _DURATIONS,
)


def metric_parameter(about: str, *, required: bool) -> Parameter:
    """Return the parameter that takes a metric id."""
    ids = sorted({metric.id for metric in catalogue.metrics()})
    return Parameter(about, {"type": "string", "enum": ids}, required)


STEP = Parameter(
    "How wide a span is at least, as `5m`. It becomes a multiple of the widest bucket that the window reaches, and"
    " wider where there would be too many spans. By default there are up to 300.",
    _DURATIONS,
)


@dataclass(frozen=True)
class Chosen:
    """A model, one of its metrics, and the series of it that are asked for."""

    model: ModelSettings
    metric: Metric
    series: Sequence[tuple[int, SeriesKey]]
    """Code and key of each."""


def seconds(given: Mapping[str, str], name: str) -> float | None:
    """Return a duration in seconds; ``None`` where it is not given.

    Raises:
        ParameterError: it is no duration.
    """
    if name not in given:
        return None
    if not re.fullmatch(_DURATION, given[name]):
        raise ParameterError(f"{name}: {given[name]!r} is no duration; write a number and one of s, m, h, d: 15m, 24h")
    return Duration.parse(given[name]).seconds


def default_window(monitoring: Monitoring) -> Duration:
    """Return the longest configured window of up to a day, else the shortest."""
    return next((window for window in reversed(monitoring.windows) if window.seconds <= _A_DAY), monitoring.windows[0])


def window(monitoring: Monitoring, given: Mapping[str, str]) -> tuple[str, float]:
    """Return the window that is asked for, as text and in seconds.

    Raises:
        ParameterError: it is no duration.
    """
    wanted = seconds(given, "window")
    if wanted is not None:
        return given["window"], wanted
    default = default_window(monitoring)
    return str(default), default.seconds


def key_metrics(model: ModelSettings) -> tuple[Metric, ...]:
    """Return the metrics of a model that are looked at first: its headline, and those with an objective."""
    own = [metric for metric in catalogue.metrics() if metric.applies(model.task, model.offers)]
    headline = next(metric for metric in own if metric.headline)
    return (headline, *(metric for metric in own if metric.id in model.objectives and metric != headline))


def choose(observation: Observation, given: Mapping[str, str]) -> Iterator[Chosen]:
    """Yield what the parameters choose: of each model its metrics, or the one asked for.

    Raises:
        ParameterError: there is no such metric at all.
        NotFound: there is no such model, or none that has the metric.
    """
    models = _models(observation.monitoring, given)
    sliced = "segment_key" in given or "segment_value" in given
    by_model: dict[str, list[tuple[int, SeriesKey]]] = {model.name: [] for model in models}
    for code, key in observation.series:
        if key.model in by_model and key.is_slice == sliced and _fits(key, given):
            by_model[key.model].append((code, key))
    for model in models:
        for metric in _metrics(model, given):
            if metric.sliced or not sliced:
                yield Chosen(model, metric, by_model[model.name])


def _models(monitoring: Monitoring, given: Mapping[str, str]) -> list[ModelSettings]:
    models = list(monitoring.models)
    name, metric = given.get("model_name"), given.get("metric")
    if metric is not None and metric not in {one.id for one in catalogue.metrics()}:
        raise ParameterError(f"metric: there is no {metric!r}; {closest(metric, _ids())}")
    if name is not None:
        models = [model for model in models if model.name == name]
        if not models:
            known = closest(name, [model.name for model in monitoring.models][:20])
            raise NotFound(f"there is no model {name!r}; {known}")
    having = [model for model in models if _metrics(model, given)]
    if not having:
        whose = f"model {name!r} has" if name is not None else "no configured model has"
        raise NotFound(f"{whose} no metric {metric!r}" if name is not None else f"{whose} the metric {metric!r}")
    return having


def _metrics(model: ModelSettings, given: Mapping[str, str]) -> Sequence[Metric]:
    if "metric" not in given:
        return key_metrics(model)
    return [
        metric
        for metric in catalogue.metrics()
        if metric.id == given["metric"] and metric.applies(model.task, model.offers)
    ]


def _fits(key: SeriesKey, given: Mapping[str, str]) -> bool:
    own = {"model_version": key.version, "segment_key": key.segment_key, "segment_value": key.segment_value}
    return all(given.get(name, value) == value for name, value in own.items())


def _ids() -> list[str]:
    return sorted({metric.id for metric in catalogue.metrics()})
