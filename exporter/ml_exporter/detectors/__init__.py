"""Detectors: whether a metric is as it should be."""

from ml_exporter.detectors.objective import ObjectiveJudge, Verdict

__all__ = ["ObjectiveJudge", "Verdict"]
