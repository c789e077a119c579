"""monitoring.yml as a whole, and what must hold between its sections."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator
from pydantic.functional_validators import BeforeValidator

from ml_exporter.config.alerting import AlertingSettings
from ml_exporter.config.base import Section
from ml_exporter.config.collectors import Collectors, every_collector
from ml_exporter.config.duration import Duration
from ml_exporter.config.feed import FeedSettings
from ml_exporter.config.model import ModelSettings
from ml_exporter.config.server import ServerSettings


class Rung(Section):
    """One step of the bucket ladder."""

    width: Duration
    """How wide a bucket is."""

    keep: Duration
    """How far back buckets of this width reach; older ones are rolled up into the next width."""


class StoreSettings(Section):
    """Where the exporter keeps what must survive it."""

    path: str = "data"
    """The folder of the store. One exporter at a time owns it."""


class PrometheusSettings(Section):
    """What the generated prometheus.yml says."""

    targets: list[str] = Field(default=["localhost:9877"], min_length=1)
    """Where Prometheus finds the exporter, as host:port."""

    alertmanagers: list[str] = ["localhost:9093"]
    """Where Prometheus finds Alertmanager, as host:port."""

    scrape_interval: Duration = Duration.parse("15s")
    """How often metrics are scraped and rules evaluated."""

    external_labels: dict[str, str] = {"cluster": "default", "replica": "a"}
    """Labels of this Prometheus. `replica` is dropped from alerts, so that a pair of servers pages once."""


def _default_ladder() -> list[Rung]:
    steps = (("1m", "2h"), ("5m", "2d"), ("1h", "40d"), ("1d", "400d"))
    return [Rung(width=Duration.parse(width), keep=Duration.parse(keep)) for width, keep in steps]


def _feed_of_its_kind(value: Any, info: ValidationInfo) -> Any:
    """Validate a feed with the settings of its kind, which the caller of ``load`` brings along."""
    kinds = (info.context or {}).get("feeds", {})
    if isinstance(value, dict):
        kind = value.get("kind")
        if kind not in kinds:
            raise ValueError(f"kind: {kind!r} is no kind of feed; choose from {', '.join(sorted(kinds))}")
        return kinds[kind].model_validate(value, context=info.context)
    return value


class Monitoring(Section):
    """The whole configuration."""

    models: list[ModelSettings] = Field(min_length=1)
    """The models that are watched."""

    feeds: list[SerializeAsAny[Annotated[FeedSettings, BeforeValidator(_feed_of_its_kind)]]] = Field(min_length=1)
    """Where predictions and labels come from."""

    windows: list[Duration] = Field(default=[Duration.parse(text) for text in ("1h", "24h", "7d")], min_length=1)
    """The rolling windows of the gauges."""

    window_by: Literal["label", "prediction"] = "label"
    """Which time decides the window of an outcome: `label`, how are we doing on what we just learned;
    `prediction`, how good were the predictions of that time."""

    tick: Duration = Duration.parse("15s")
    """How often the metrics are computed anew."""

    label_horizon: Duration = Duration.parse("30d")
    """How long a prediction waits for its label, and a label for its prediction."""

    allowed_lateness: Duration = Duration.parse("2m")
    """How long after its end a bucket stays open for outcomes that come late."""

    buckets: list[Rung] = Field(default_factory=_default_ladder, min_length=1)
    """The bucket ladder, finest first: how fine the past is kept, and for how long."""

    store: StoreSettings = StoreSettings()
    """Where the exporter keeps what must survive it."""

    server: ServerSettings = ServerSettings()
    """The HTTP server."""

    collectors: Collectors = every_collector()
    """What is read from the machine: collector to its options. Each collects unless it is switched off."""

    prometheus: PrometheusSettings = PrometheusSettings()
    """What the generated prometheus.yml says."""

    alerting: AlertingSettings = AlertingSettings()
    """Everything between a metric and a person."""

    @field_validator("models", "feeds")
    @classmethod
    def _names_are_distinct(cls, value: list[Any]) -> list[Any]:
        names = [item.name for item in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the name {twice[0]!r} is used twice; rename one of them")
        return value

    @field_validator("windows")
    @classmethod
    def _windows_are_distinct(cls, value: list[Duration]) -> list[Duration]:
        if len({window.seconds for window in value}) != len(value):
            raise ValueError("two windows have the same length; leave one of them out")
        return sorted(value)

    @field_validator("buckets")
    @classmethod
    def _rungs_nest(cls, value: list[Rung]) -> list[Rung]:
        for finer, coarser in pairwise(value):
            if coarser.width.seconds <= finer.width.seconds or coarser.width.seconds % finer.width.seconds:
                raise ValueError(f"width {coarser.width} is not a multiple of the width before it, {finer.width}")
            if coarser.keep.seconds <= finer.keep.seconds:
                raise ValueError(f"keep {coarser.keep} is not longer than the keep before it, {finer.keep}")
        return value

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        problems = [*self._unknown_models(), *self._unknown_windows(), *self._unknown_receivers()]
        problems += [
            f"models[{index}].missing_label.after: {model.missing_label.after} is longer than a prediction waits for"
            f" its label ({self.label_horizon}); shorten it, or lengthen label_horizon"
            for index, model in enumerate(self.models)
            if model.missing_label is not None and model.missing_label.after.seconds > self.label_horizon.seconds
        ]
        shortest, coarse = min(self.windows), self.buckets[min(1, len(self.buckets) - 1)].width
        if shortest.seconds < coarse.seconds:
            problems.append(
                f"windows: {shortest} is shorter than the buckets of histograms ({coarse}); lengthen it, or make the"
                " second of buckets finer"
            )
        longest, kept = max(self.windows), self.buckets[-1].keep
        if longest.seconds > kept.seconds:
            problems.append(f"windows: {longest} is longer than buckets are kept ({kept}); lengthen the last keep")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _unknown_models(self) -> list[str]:
        known = {model.name for model in self.models}
        named = [
            (f"feeds[{index}].{place}", name)
            for index, feed in enumerate(self.feeds)
            for place, names in (("models", feed.models), ("defaults.model_name", [feed.defaults.model_name]))
            for name in names
            if name is not None
        ]
        return [
            f"{place}: {name!r} is not configured under models; choose from {', '.join(sorted(known))}"
            for place, name in named
            if name not in known
        ]

    def _unknown_windows(self) -> list[str]:
        known = {window.seconds for window in self.windows}
        return [
            f"models[{index}].objectives.{metric}.window: {objective.window} is none of windows"
            f" ({', '.join(map(str, self.windows))}); add it there or choose one of them"
            for index, model in enumerate(self.models)
            for metric, objective in model.objectives.items()
            if objective.window is not None and objective.window.seconds not in known
        ]

    def _unknown_receivers(self) -> list[str]:
        known = {receiver.name for receiver in self.alerting.receivers}
        return [
            f"alerting.routes.{severity}: there is no receiver {name!r}; add it under alerting.receivers"
            for severity in ("critical", "warning", "info")
            for name in getattr(self.alerting.routes, severity)
            if name not in known
        ]

    def model(self, name: str) -> ModelSettings:
        """Return the settings of the model of that name.

        Raises:
            KeyError: no such model is configured.
        """
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)

    def models_of(self, feed: FeedSettings) -> list[ModelSettings]:
        """Return the models whose events the feed may carry."""
        return [model for model in self.models if not feed.models or model.name in feed.models]

    def objective_window(self, objective_window: Duration | None) -> Duration:
        """Return the window that an objective is judged on: its own, or the shortest."""
        return objective_window or min(self.windows)
