"""What happens to a model: predictions, labels, and the outcomes that they join to, as columns."""

from ml_exporter.events.batches import JoinedEvents, Labels, Outcomes, Predictions
from ml_exporter.events.categorical import Categorical
from ml_exporter.events.features import FeatureColumn
from ml_exporter.events.tasks import Task, TaskKind, tasks
from ml_exporter.events.values import class_text

__all__ = [
    "Categorical",
    "FeatureColumn",
    "JoinedEvents",
    "Labels",
    "Outcomes",
    "Predictions",
    "Task",
    "TaskKind",
    "class_text",
    "tasks",
]
