"""A configuration with what its strategies and its switches decide: only what the file leaves open."""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.config.model import ModelSettings
from ml_exporter.config.monitoring import Monitoring
from ml_exporter.config.objective import Objective
from ml_exporter.config.strategy import PLANS, Plan
from ml_exporter.config.switches import SWITCHES, Decided, Switch, SwitchSettings, decided

_LATENCIES = frozenset({"prediction_latency_p50", "prediction_latency_p95", "prediction_latency_p99"})


def planned(given: Monitoring) -> Monitoring:
    """Return the configuration with what its strategies and switches decide, which remembers the one that was given."""
    if given.strategy is None and not any(model.strategy for model in given.models) and not _switched(given):
        return given
    models = [_model(given, model) for model in given.models]
    changes: dict[str, Any] = {"models": models, **_of_the_whole(given)}
    detection = given.detection
    nowhere = all(model.switches.predictive_alerting is False for model in models)
    written = any(switch_of(given, model, "predictive_alerting").written for model in given.models)
    if nowhere and (written or "detectors" not in detection.model_fields_set):
        left = [name for name in detection.detectors if name != "trend"]
        changes["detection"] = detection.model_copy(update={"detectors": left})
    made = given.model_copy(update=changes)
    made.remember(given)
    return made


def plan_of(monitoring: Monitoring, model: ModelSettings | None) -> Plan | None:
    """Return what the strategy of a model decides, or that of the whole; None where there is none."""
    strategy = (model.strategy if model is not None else None) or monitoring.strategy
    return None if strategy is None else PLANS[strategy.recommendation.level]


def switch_of(given: Monitoring, model: ModelSettings, switch: Switch) -> Decided:
    """Return how a switch stands for a model, and who says so.

    Args:
        given: the configuration as its file has it.
        model: one of its models.
        switch: which one.
    """
    plan = plan_of(given, model)
    return decided(switch, model.switches, given.switches, None if plan is None else plan.switches)


def _switched(given: Monitoring) -> bool:
    return any(one.get(switch) is not None for one in _said(given) for switch in SWITCHES)


def _said(given: Monitoring) -> list[SwitchSettings]:
    return [given.switches, *(model.switches for model in given.models)]


def _of_the_whole(given: Monitoring) -> dict[str, Any]:
    """Return what the strategy of the whole decides about time."""
    plan = plan_of(given, None)
    if plan is None:
        return {}
    wanted = {"scrape_interval": plan.refresh, "retention": plan.retention}
    missing = {key: value for key, value in wanted.items() if key not in given.prometheus.model_fields_set}
    changes: dict[str, Any] = {"prometheus": given.prometheus.model_copy(update=missing)}
    return changes if "tick" in given.model_fields_set else {**changes, "tick": plan.refresh}


def _model(given: Monitoring, model: ModelSettings) -> ModelSettings:
    """Return a model as it is watched. What a strategy switches off takes nothing away that stands in the file."""
    plan = plan_of(given, model)
    switches: dict[Switch, Decided] = {switch: switch_of(given, model, switch) for switch in SWITCHES}
    stand = SwitchSettings.model_validate({switch: one.on for switch, one in switches.items()})
    changes: dict[str, Any] = {
        "switches": stand,
        "objectives": _objectives(model, plan, switches["automated_evaluation"]),
    }
    judged = _judged(model, plan, switches["degradation_detection"])
    if judged is not None:
        changes["detection"] = model.detection.model_copy(update={"metrics": judged})
    return model.model_copy(update=changes)


def _objectives(model: ModelSettings, plan: Plan | None, evaluation: Decided) -> dict[str, Objective]:
    """Return the model's own objectives, and those of its strategy that it lacks; one of latency is enough."""
    metrics = _metrics(model)
    own = model.objectives
    has = set(own) | (_LATENCIES if _LATENCIES & set(own) else set())
    found = dict(own)
    for metric, expected in ({} if plan is None else plan.objectives).items():
        if metric not in has and metric in metrics:
            found[metric] = Objective(threshold=expected.threshold, severity=expected.severity)
    if evaluation.written and not evaluation.on:
        return {metric: one for metric, one in found.items() if metrics[metric].clock == "prediction"}
    return found


def _judged(model: ModelSettings, plan: Plan | None, degradation: Decided) -> list[str] | None:
    """Return the metrics that are judged; None: those that are judged anyhow."""
    if degradation.written and not degradation.on:
        return []
    if plan is None or model.detection.metrics is not None:
        return None
    if not degradation.on:
        return []
    too = [name for name, metric in _metrics(model).items() if name in plan.judged_too and metric.can_be_judged]
    return [name for name in (*model.judged_metrics, *too) if name not in plan.not_judged]


def _metrics(model: ModelSettings) -> dict[str, catalogue.Metric]:
    return {metric.id: metric for metric in catalogue.metrics() if metric.applies(model.task, model.offers)}
