"""A configuration with what its strategies decide: only what the file leaves open."""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.config.model import ModelSettings
from ml_exporter.config.monitoring import Monitoring
from ml_exporter.config.objective import Objective
from ml_exporter.config.strategy import PLANS, Plan

_LATENCIES = frozenset({"prediction_latency_p50", "prediction_latency_p95", "prediction_latency_p99"})


def planned(given: Monitoring) -> Monitoring:
    """Return the configuration with what its strategies decide, which remembers the one that was given."""
    plans = [plan for model in given.models if (plan := plan_of(given, model)) is not None]
    if not plans:
        return given
    changes: dict[str, Any] = {
        "models": [_model(model, plan_of(given, model)) for model in given.models],
        **_of_the_whole(given),
    }
    detection = given.detection
    everywhere = len(plans) == len(given.models)
    if everywhere and not any(plan.predictive for plan in plans) and "detectors" not in detection.model_fields_set:
        left = [name for name in detection.detectors if name != "trend"]
        changes["detection"] = detection.model_copy(update={"detectors": left})
    made = given.model_copy(update=changes)
    made.remember(given)
    return made


def plan_of(monitoring: Monitoring, model: ModelSettings | None) -> Plan | None:
    """Return what the strategy of a model decides, or that of the whole; None where there is none."""
    strategy = (model.strategy if model is not None else None) or monitoring.strategy
    return None if strategy is None else PLANS[strategy.recommendation.level]


def _of_the_whole(given: Monitoring) -> dict[str, Any]:
    """Return what the strategy of the whole decides about time."""
    plan = plan_of(given, None)
    if plan is None:
        return {}
    wanted = {"scrape_interval": plan.refresh, "retention": plan.retention}
    missing = {key: value for key, value in wanted.items() if key not in given.prometheus.model_fields_set}
    changes: dict[str, Any] = {"prometheus": given.prometheus.model_copy(update=missing)}
    return changes if "tick" in given.model_fields_set else {**changes, "tick": plan.refresh}


def _model(model: ModelSettings, plan: Plan | None) -> ModelSettings:
    if plan is None:
        return model
    changes: dict[str, Any] = {"objectives": {**model.objectives, **_objectives(model, plan)}}
    if model.detection.metrics is None:
        changes["detection"] = model.detection.model_copy(update={"metrics": _judged(model, plan)})
    return model.model_copy(update=changes)


def _objectives(model: ModelSettings, plan: Plan) -> dict[str, Objective]:
    """Return the objectives that the model does not have of its own; one of latency is enough."""
    has = set(model.objectives) | (_LATENCIES if _LATENCIES & set(model.objectives) else set())
    return {
        metric: Objective(threshold=expected.threshold, severity=expected.severity)
        for metric, expected in plan.objectives.items()
        if metric not in has and metric in _metrics(model)
    }


def _judged(model: ModelSettings, plan: Plan) -> list[str]:
    if not plan.degradation:
        return []
    too = [name for name, metric in _metrics(model).items() if name in plan.judged_too and metric.can_be_judged]
    return [name for name in (*model.judged_metrics, *too) if name not in plan.not_judged]


def _metrics(model: ModelSettings) -> dict[str, catalogue.Metric]:
    return {metric.id: metric for metric in catalogue.metrics() if metric.applies(model.task, model.offers)}
