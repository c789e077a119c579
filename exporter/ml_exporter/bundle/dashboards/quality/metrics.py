"""Which of the catalogue's metrics a dashboard shows, and how they are called."""

from collections.abc import Sequence
from dataclasses import dataclass

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config import ModelSettings, Monitoring


@dataclass(frozen=True)
class Shown:
    """The metrics of models of some tasks."""

    tasks: frozenset[str]
    best_known: tuple[str, ...]
    """What is drawn over time, from left to right; the rest stands in the table."""

    def models(self, monitoring: Monitoring) -> list[ModelSettings]:
        """Return the configured models of these tasks."""
        return [model for model in monitoring.models if model.task in self.tasks]

    def fits(self, monitoring: Monitoring) -> bool:
        """Tell whether any model is configured that has them."""
        return bool(self.models(monitoring))

    def tabled(self, monitoring: Monitoring) -> list[Metric]:
        """Return what stands in the table, an id once: money and averages over classes only with an objective."""
        wanted = self._wanted(monitoring)
        found = {
            metric.id: metric
            for metric in catalogue.metrics()
            if (metric.id in wanted or not ("average" in metric.fixed_labels or metric.family.area == "business"))
            and any(metric.applies(model.task, model.offers) for model in self.models(monitoring))
        }
        return sorted(found.values(), key=self._fame)

    def drawn(self, monitoring: Monitoring) -> list[Metric]:
        """Return the metrics that are drawn over time: the best known ones, the headlines, those with an objective."""
        known = {*self.best_known, *self._wanted(monitoring)}
        return [
            metric
            for metric in self.tabled(monitoring)
            if metric.clock == "outcome" and (metric.id in known or metric.headline)
        ]

    def sliced(self, monitoring: Monitoring) -> list[Metric]:
        """Return what slices are looked at by: what is drawn and has a better side."""
        return [metric for metric in self.drawn(monitoring) if metric.direction is not None and metric.sliced]

    def _wanted(self, monitoring: Monitoring) -> set[str]:
        return {metric_id for model in self.models(monitoring) for metric_id in model.objectives}

    def _fame(self, metric: Metric) -> int:
        return self.best_known.index(metric.id) if metric.id in self.best_known else len(self.best_known)


CLASSIFICATION = Shown(
    frozenset({"binary", "multiclass"}), ("accuracy", "precision", "recall", "f1", "auc_roc", "log_loss")
)
REGRESSION = Shown(
    frozenset({"regression"}),
    ("mean_absolute_error", "root_mean_squared_error", "mean_error", "r2", "mean_absolute_percentage_error"),
)
RANKING = Shown(frozenset({"ranking"}), ())


def heading(metric: Metric) -> str:
    """Return the metric's name for people, with its unit where it has one."""
    return f"{metric.title} (s)" if metric.family.name.endswith("_seconds") else metric.title


def headlines(monitoring: Monitoring) -> list[Metric]:
    """Return the metrics that stand for the tasks of the configured models, one a family: for rankings the longest."""
    found: dict[str, Metric] = {}
    for metric in catalogue.metrics():
        if metric.headline and any(metric.applies(model.task, model.offers) for model in monitoring.models):
            found.setdefault(metric.family.name, metric)
    return list(found.values())


def judged(monitoring: Monitoring) -> Sequence[Metric]:
    """Return every metric that is judged of any configured model, an id once."""
    found = {
        metric: catalogue.metric(metric, model.task) for model in monitoring.models for metric in model.judged_metrics
    }
    return list(found.values())
