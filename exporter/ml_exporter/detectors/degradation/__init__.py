"""Degradation: streams, their baselines, and what the detectors say of them over the whole fleet."""

from ml_exporter.detectors.degradation.judge import PREFIX, DegradationJudge
from ml_exporter.detectors.degradation.verdict import Degradation, DetectorSays, KnownBaseline, SliceShare

__all__ = ["PREFIX", "Degradation", "DegradationJudge", "DetectorSays", "KnownBaseline", "SliceShare"]
