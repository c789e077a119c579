"""What happens to a model: predictions, labels, and the outcomes that they join to, as columns."""

from ml_exporter.events.batches import Labels, Outcomes, Predictions
from ml_exporter.events.binary import BinaryTask
from ml_exporter.events.categorical import Categorical
from ml_exporter.events.values import class_text

__all__ = ["BinaryTask", "Categorical", "Labels", "Outcomes", "Predictions", "class_text"]
