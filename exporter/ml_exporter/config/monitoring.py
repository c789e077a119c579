"""monitoring.yml as a whole, and what must hold between its sections."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, SerializeAsAny, ValidationInfo, field_validator

from ml_exporter.config import alert_rule, relations
from ml_exporter.config.alerting import AlertingSettings, receiver_names
from ml_exporter.config.base import Section, Wrong, attempt, refusal
from ml_exporter.config.collectors import Collectors, every_collector
from ml_exporter.config.detection import DetectionSettings
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.feed import FeedSettings
from ml_exporter.config.model import ModelSettings
from ml_exporter.config.names import HostAndPort, LabelName, PageAddress
from ml_exporter.config.server import ServerSettings
from ml_exporter.config.shown import shown
from ml_exporter.config.strategy import Strategy
from ml_exporter.config.switched_off import FamilyPattern, families_off
from ml_exporter.config.switches import SwitchSettings


class Rung(Section):
    """One step of the bucket ladder."""

    width: Duration
    """How wide a bucket is."""

    keep: Duration
    """How far back buckets of this width reach; older ones are rolled up into the next width."""


class StoreSettings(Section):
    """Where the exporter keeps what must survive it."""

    path: str = Field(default="data", min_length=1)
    """The folder of the store. One exporter at a time owns it."""


class RemoteWriteSettings(Section):
    """A store for long, that Prometheus sends what it scrapes to."""

    kind: Literal["mimir", "thanos", "victoriametrics"]
    """What it is: `mimir`, `thanos` (its receiver), `victoriametrics`."""

    address: PageAddress
    """Where it is found, without the path that is its kind's: `https://mimir.example.org`."""

    tenant: str | None = None
    """Whose the series are there: for Mimir and for Thanos."""

    user: str | None = None
    """The name to log in with, where it asks for one."""

    password_file: str | None = None
    """The file that holds the password, relative to the configuration file."""

    only_ours: bool = True
    """Whether only the exporter's series, what rules make of them, and alerts are sent."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find a tenant where there are none, and a name without a password."""
        if values.get("kind") == "victoriametrics" and values.get("tenant") is not None:
            yield ("tenant",), "is nothing that VictoriaMetrics takes; its cluster has the tenant in its address"
        for one, other in (("user", "password_file"), ("password_file", "user")):
            if values.get(one) is not None and values.get(other) is None:
                yield (other,), f"is missing, since `{one}` is given; add it, or leave out both"


class PrometheusSettings(Section):
    """What the generated prometheus.yml says."""

    targets: list[HostAndPort] = Field(default=["localhost:9877"], min_length=1)
    """Where Prometheus finds the exporter, as host:port. Of several exporters, recording rules
    (`model:FAMILY:over_exporters`) put together what they know of the models that they share."""

    alertmanagers: list[HostAndPort] = ["localhost:9093"]
    """Where Prometheus finds Alertmanager, as host:port."""

    address: PageAddress | None = None
    """Where Grafana finds Prometheus. Default: where people find it, `alerting.links.prometheus`."""

    own_address: HostAndPort = "localhost:9090"
    """Where Prometheus finds itself, as host:port: it watches whether its rules and its alerts fail."""

    retention: Duration = Duration.parse("15d")
    """How much of the past Prometheus keeps. It is told so as it is started: prometheus.yml has the option."""

    scrape_interval: Duration = Duration.parse("15s")
    """How often metrics are scraped and rules evaluated."""

    remote_write: list[RemoteWriteSettings] = []
    """Stores for long that it sends series to."""

    external_labels: dict[LabelName, str] = {"cluster": "default", "replica": "a"}
    """Labels of this Prometheus. `replica` is dropped from alerts, so that a pair of servers pages once."""


_HORIZON = "30d"
_WINDOWS = ("1h", "24h", "7d")
_LADDER = (("1m", "2h"), ("5m", "2d"), ("1h", "40d"), ("1d", "400d"))


def _default_windows() -> list[Duration]:
    return [Duration.parse(text) for text in _WINDOWS]


def _default_ladder() -> list[Rung]:
    return [Rung(width=Duration.parse(width), keep=Duration.parse(keep)) for width, keep in _LADDER]


def _feed_of_its_kind(value: Any, info: ValidationInfo) -> Any:
    """Validate a feed with the settings of its kind, which the caller of ``load`` brings along."""
    if not isinstance(value, dict):
        return value
    kinds: Mapping[str, type[FeedSettings]] = (info.context or {}).get("feeds", {})
    kind = value.get("kind")
    if isinstance(kind, str) and kind in kinds:
        return kinds[kind].model_validate(value, context=info.context)
    given = f"{shown(kind)} is no kind of feed" if "kind" in value else "is missing"
    own = FeedSettings.keys()
    common = {key: entry for key, entry in value.items() if key in own} | {"kind": "unknown"}
    _, wrong = attempt(FeedSettings, common, info.context)
    raise refusal("feed", [(("kind",), f"{given}; {closest(str(kind), sorted(kinds))}"), *wrong])


def _windows(values: Mapping[str, Any]) -> list[Duration | None]:
    """Return the windows of a file, or those that it has by default; None for what is no duration."""
    given = values.get("windows", list(_WINDOWS))
    return [relations.as_duration(window) for window in given] if isinstance(given, list) else [None]


def _ladder(values: Mapping[str, Any]) -> relations.Ladder:
    """Return width and keep of a file's buckets, or of those that it has by default; None for what is no duration."""
    if "buckets" not in values:
        return [(Duration.parse(width), Duration.parse(keep)) for width, keep in _LADDER]
    given = values["buckets"]
    rungs = [rung if isinstance(rung, dict) else {} for rung in given] if isinstance(given, list) else []
    return [(relations.as_duration(rung.get("width")), relations.as_duration(rung.get("keep"))) for rung in rungs]


class Monitoring(Section):
    """The whole configuration."""

    models: list[ModelSettings] = Field(min_length=1)
    """The models that are watched."""

    feeds: list[SerializeAsAny[Annotated[FeedSettings, BeforeValidator(_feed_of_its_kind)]]] = Field(min_length=1)
    """Where predictions and labels come from."""

    windows: list[Duration] = Field(default_factory=_default_windows, min_length=1)
    """The rolling windows of the gauges."""

    window_by: Literal["label", "prediction"] = "label"
    """Which time decides the window of an outcome: `label`, how are we doing on what we just learned;
    `prediction`, how good were the predictions of that time."""

    tick: Duration = Duration.parse("15s")
    """How often the metrics are computed anew."""

    label_horizon: Duration = Duration.parse(_HORIZON)
    """How long a prediction waits for its label, and a label for its prediction."""

    allowed_lateness: Duration = Duration.parse("2m")
    """How long after its end a bucket stays open for outcomes that come late."""

    buckets: list[Rung] = Field(default_factory=_default_ladder, min_length=1)
    """The bucket ladder, finest first: how fine the past is kept, and for how long."""

    strategy: Strategy | None = None
    """How much is watched: `basic`, `standard`, `advanced`, or what decides it, as in `{deployment_scale: small,
    criticality: high}`. It sets what the file leaves open, see docs/strategies.md. Default: every alert that fits, and
    no objectives but your own."""

    switches: SwitchSettings = SwitchSettings()
    """What of watching is done at all: evaluation, degradation, anomalies, forecasts."""

    detection: DetectionSettings = DetectionSettings()
    """How degradation is judged."""

    switched_off: list[FamilyPattern] = []
    """Families of metrics that are not exposed, by name or pattern: `[ml_confusion_ratio, "ml_threshold_*"]`,
    `["ml_feature_*"]`. They are judged all the same."""

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

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find sections that do not fit together."""
        models = relations.names(values, "models")
        alerting = relations.mapping(values.get("alerting"))
        receivers = receiver_names(alerting)
        windows, ladder = _windows(values), _ladder(values)
        yield from relations.names_used_twice(models)
        yield from relations.names_used_twice(relations.names(values, "feeds"))
        yield from relations.names_used_twice(receivers)
        yield from relations.unknown_models(values, models)
        horizon = values.get("label_horizon", _HORIZON)
        yield from relations.silence_within_horizon(values, relations.as_duration(horizon))
        yield from relations.unknown_receivers(alerting, receivers)
        yield from relations.routes_of_nobody(values)
        yield from relations.windows_of_one_length(windows)
        yield from relations.unknown_windows(values, windows)
        rules = relations.items(alerting, "rules")
        below = [(("alerting", *location), rule) for location, rule in rules]
        yield from alert_rule.misfits(below, [name for _, name in models], windows)
        named = [((*location, "name"), rule["name"]) for location, rule in below if isinstance(rule.get("name"), str)]
        yield from relations.names_used_twice(named)
        yield from relations.rungs_nest(ladder)
        yield from relations.windows_fit(windows, ladder)

    @field_validator("windows")
    @classmethod
    def _shortest_first(cls, value: list[Duration]) -> list[Duration]:
        return sorted(value)

    @field_validator("feeds")
    @classmethod
    def _each_its_own_address(cls, value: list[FeedSettings]) -> list[FeedSettings]:
        first: dict[str, str] = {}
        for feed in value:
            if feed.address is not None and feed.address in first:
                remedy = "give each a path of its own"
                raise ValueError(f"{feed.address} is the address of {first[feed.address]} and of {feed.name}; {remedy}")
            if feed.address is not None:
                first[feed.address] = feed.name
        return value

    _given: Self | None = PrivateAttr(default=None)

    @property
    def given(self) -> Self:
        """The configuration as its file has it, without what its strategies decide."""
        return self._given or self

    def remember(self, given: Self) -> None:
        """Keep the configuration that this one was made of."""
        self._given = given

    def exposes(self, family: str) -> bool:
        """Tell whether a family of that name is exposed."""
        return family not in self._families_off

    @cached_property
    def _families_off(self) -> frozenset[str]:
        return families_off(tuple(self.switched_off))

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
