"""Drift: what models are asked about and what they predict, compared with a baseline; and the quality of features."""

from ml_exporter.detectors.drift.comparison import Comparison
from ml_exporter.detectors.drift.watch import MINIMUM, PREFIX, DriftWatch, FeatureSays, PredictionSays

__all__ = ["MINIMUM", "PREFIX", "Comparison", "DriftWatch", "FeatureSays", "PredictionSays"]
