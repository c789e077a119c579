"""The section ``strategy``: how much is watched, as one word, and what that word decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from ml_exporter.config.base import Section, Wrong
from ml_exporter.config.duration import Duration
from ml_exporter.config.severity import Severity
from ml_exporter.config.strategy_choice import Criticality, Level, Recommendation, Resources, Scale, recommend
from ml_exporter.config.switches import SWITCHES, Switch


class StrategySettings(Section):
    """How much is watched: a level, or what decides it."""

    level: Level | None = None
    """`basic`, `standard` or `advanced`; `strategy: basic` is short for it."""

    deployment_scale: Scale | None = None
    """Instead of a level: how far the deployment reaches."""

    criticality: Criticality | None = None
    """Instead of a level: what a wrong answer costs."""

    resources: Resources = "medium"
    """Instead of a level: the people and the storage that monitoring may take."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterable[Wrong]:
        """Find a strategy that is chosen twice, or not at all."""
        given = [key for key in ("deployment_scale", "criticality") if key in values]
        if "level" in values and (given or "resources" in values):
            yield ("level",), "is chosen twice: keep the level, or deployment_scale, criticality and resources"
        if "level" not in values and len(given) < 2:
            yield (), "names no strategy; write basic, standard or advanced, or both deployment_scale and criticality"

    @property
    def recommendation(self) -> Recommendation:
        """The level, and why it."""
        if self.level is not None or self.deployment_scale is None or self.criticality is None:
            return Recommendation(self.level or "standard", ("The configuration says so.",))
        return recommend(self.deployment_scale, self.criticality, self.resources)


def _level(value: Any) -> Any:
    """Let ``basic`` stand for ``{level: basic}``."""
    return {"level": value} if isinstance(value, str) else value


Strategy = Annotated[StrategySettings, BeforeValidator(_level, json_schema_input_type=Level | StrategySettings)]


@dataclass(frozen=True)
class Expected:
    """What a strategy expects of a metric."""

    threshold: float
    severity: Severity


@dataclass(frozen=True)
class Plan:
    """What a level decides where the configuration does not."""

    objectives: Mapping[str, Expected]
    """Metric id to what it should reach."""

    areas: frozenset[str]
    """What alerts are generated about."""

    refresh: Duration
    """How often metrics are computed and scraped, and dashboards drawn."""

    retention: Duration
    """How much of the past Prometheus keeps."""

    switches: Mapping[Switch, bool]
    """What of watching is done at all."""

    not_judged: frozenset[str] = frozenset()
    """Metrics that detectors leave out, though they judge them by default."""

    judged_too: frozenset[str] = frozenset()
    """Metrics that detectors judge beyond those that they do by default."""


def _expects(error_rate: float, latency: float, accuracy: float | None) -> dict[str, Expected]:
    """Return objectives; those of errors and accuracy page, as whoever names a strategy asks for."""
    expected = {
        "error_rate": Expected(error_rate, "critical"),
        "prediction_latency_p95": Expected(latency, "warning"),
    }
    return expected | ({"accuracy": Expected(accuracy, "critical")} if accuracy is not None else {})


def _switched_on(*switches: Switch) -> Mapping[Switch, bool]:
    return {switch: switch in switches for switch in SWITCHES}


_BASIC = frozenset({"always", "serving"})
_STANDARD = _BASIC | {"quality", "resources"}
_ADVANCED = _STANDARD | {"drift", "data quality", "forecast", "anomaly"}

PLANS: Mapping[Level, Plan] = {
    "basic": Plan(_expects(0.05, 1.0, None), _BASIC, Duration.parse("1m"), Duration.parse("30d"), _switched_on()),
    "standard": Plan(
        _expects(0.03, 0.5, 0.85),
        _STANDARD,
        Duration.parse("30s"),
        Duration.parse("90d"),
        _switched_on("automated_evaluation", "degradation_detection"),
        not_judged=frozenset({"auc_roc", "auc_roc_macro", "f1_macro"}),
    ),
    "advanced": Plan(
        _expects(0.01, 0.2, 0.9),
        _ADVANCED,
        Duration.parse("10s"),
        Duration.parse("365d"),
        _switched_on(*SWITCHES),
        judged_too=frozenset({"f1", "conversion_accuracy", "revenue_accuracy"}),
    ),
}
"""Level to what it decides."""
