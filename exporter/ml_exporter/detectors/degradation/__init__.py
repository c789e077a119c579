"""Degradation: streams, their baselines, and what the detectors say of them over the whole fleet."""

from ml_exporter.detectors.degradation.anomaly import Anomaly
from ml_exporter.detectors.degradation.history import BaselineEntry
from ml_exporter.detectors.degradation.judge import HISTORY, KNOWLEDGE_PREFIX, PREFIX, DegradationJudge
from ml_exporter.detectors.degradation.knowledge import Reference
from ml_exporter.detectors.degradation.streams import Stream
from ml_exporter.detectors.degradation.verdict import Degradation, DetectorSays, KnownBaseline, SliceShare

__all__ = [
    "HISTORY",
    "KNOWLEDGE_PREFIX",
    "PREFIX",
    "Anomaly",
    "BaselineEntry",
    "Degradation",
    "DegradationJudge",
    "DetectorSays",
    "KnownBaseline",
    "Reference",
    "SliceShare",
    "Stream",
]
