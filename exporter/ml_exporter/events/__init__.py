"""What happens to a model: predictions, labels, and the outcomes that they join to, as columns."""

from ml_exporter.events.batches import JoinedEvents, Labels, Outcomes, Predictions
from ml_exporter.events.categorical import Categorical
from ml_exporter.events.features import FeatureColumn
from ml_exporter.events.tallied import JoinCounts, NamedSums, TalliedEvents, VersionCounts
from ml_exporter.events.tasks import Task, TaskKind, tasks
from ml_exporter.events.values import class_text

__all__ = [
    "Categorical",
    "FeatureColumn",
    "JoinCounts",
    "JoinedEvents",
    "Labels",
    "NamedSums",
    "Outcomes",
    "Predictions",
    "TalliedEvents",
    "Task",
    "TaskKind",
    "VersionCounts",
    "class_text",
    "tasks",
]
