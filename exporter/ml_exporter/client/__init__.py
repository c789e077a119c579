"""The client: records what a model says, in the service that says it, and brings it to the exporter in the background.

Light to import: msgspec and the standard library. It uses nothing of the exporter.
"""

from ml_exporter.client.observation import Observation, current
from ml_exporter.client.recorder import Recorder
from ml_exporter.client.settings import Limits
from ml_exporter.client.statistics import Statistics

__all__ = ["Limits", "Observation", "Recorder", "Statistics", "current"]
