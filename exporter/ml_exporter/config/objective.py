"""The section ``models[].objectives``: what a model's metrics should reach."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.severity import Severity


class Objective(Section):
    """What a metric is expected to reach."""

    threshold: float
    """The value to reach: at least this where higher is better, at most this where lower is."""

    window: Duration | None = None
    """The window that is judged. Default: the shortest of `windows`."""

    minimum_outcomes: int = Field(default=100, ge=1)
    """How many outcomes (requests, for serving metrics) the window must hold before it is judged at all."""

    severity: Severity = "warning"
    """The severity of the alert that a breach raises."""

    def misfit(self, name: str, metrics: Mapping[str, Metric], task: str) -> str | None:
        """Return why the model's metrics have no such objective, None where they can have it.

        Args:
            name: the metric id that it is for.
            metrics: those of the model, by id.
            task: of the model.
        """
        metric = metrics.get(name)
        if metric is None:
            return _why_there_is_none(name, task, list(metrics))
        if metric.direction is None:
            return "has no direction that is better, so it takes no objective; remove it"
        if metric.direction == "higher" and metric.family.name.endswith("_ratio") and self.threshold > 1:
            percent = f"write {self.threshold / 100:g} for {self.threshold:g} %"
            return f"{self.threshold:g} can never be reached, since a ratio is at most 1; {percent}"
        return None


def _why_there_is_none(name: str, task: str, known: Sequence[str]) -> str:
    named = [metric for metric in catalogue.metrics() if metric.id == name]
    if not named:
        return f"is no metric of the task {task}; {closest(name, known)}"
    needed = sorted({need for metric in named if task in (metric.tasks or {task}) for need in metric.needs})
    if needed:
        return f"is a metric of models that have {' and '.join(needed)}; configure it, or remove the objective"
    tasks = sorted({of_task for metric in named for of_task in metric.tasks or ()})
    return f"is a metric of {' and '.join(tasks)} models, not of {task} ones; {closest(name, known)}"


def _objective(value: Any) -> Any:
    """Let ``accuracy: 0.9`` stand for ``accuracy: {threshold: 0.9}``; texts of the environment are numbers, too."""
    return value if isinstance(value, dict | bool | None | Objective) else {"threshold": value}


Objectives = dict[str, Annotated[Objective, BeforeValidator(_objective, json_schema_input_type=float | Objective)]]
