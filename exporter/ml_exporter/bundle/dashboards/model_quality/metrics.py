"""Which of the catalogue's metrics the dashboard shows."""

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring

_BEST_KNOWN = ("accuracy", "precision", "recall", "f1", "auc_roc", "log_loss")
"""What is drawn over time of every binary model, from left to right; the rest stands in the table."""


def tabled(monitoring: Monitoring) -> list[Metric]:
    """Return the metrics that stand in the table: all of the configured models', but no averages over classes."""
    shown = [
        metric
        for metric in catalogue.metrics()
        if "average" not in metric.fixed_labels
        and any(metric.applies(model.task, model.offers) for model in monitoring.models)
    ]
    return sorted(shown, key=_fame)


def drawn(monitoring: Monitoring) -> list[Metric]:
    """Return the metrics that are drawn over time: the best known ones, the headlines, and those with an objective."""
    wanted = {metric_id for model in monitoring.models for metric_id in model.objectives}
    return [
        metric
        for metric in tabled(monitoring)
        if metric.clock == "outcome" and (metric.id in _BEST_KNOWN or metric.headline or metric.id in wanted)
    ]


def _fame(metric: Metric) -> int:
    return _BEST_KNOWN.index(metric.id) if metric.id in _BEST_KNOWN else len(_BEST_KNOWN)


def heading(metric: Metric) -> str:
    """Return the metric's name for people, with its unit where it has one."""
    return f"{metric.title} (s)" if metric.family.name.endswith("_seconds") else metric.title
