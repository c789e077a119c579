"""Betting e-SR detector on bounded values: any metric with finite bounds, whatever its distribution.

With y the value of a bucket on the scale from its smallest (0) to its largest possible value (1), and b the baseline's
bound on that scale, each of several stakes lambda_i bets that y exceeds b:

    M_i <- (1 + M_i) (1 + lambda_i (y - b)),

and the evidence is M, the mean of the M_i. As long as the expected value of each bucket, given those before it, is at
most b, the mean time to a false alarm at M >= c is at least c buckets.

Sources: Shin, Ramdas and Rinaldo (2022); Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
betting" (JRSSB 2024).
"""

import numpy as np

from ml_exporter.detectors.interface import Baseline, Bucket, Detector, Evidence, Floats, Settings, State
from ml_exporter.detectors.log_space import LN10, add_one, log_mean

STAKES = 10
SMALLEST_STAKE = 0.1
LARGEST_SHARE = 0.99
"""Of the stake at which the best possible value would lose everything."""


def start(streams: int) -> State:
    """Return the state without evidence: ``log_evidence`` (streams, STAKES), the logarithms of M_i."""
    return {"log_evidence": np.full((streams, STAKES), -np.inf)}


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:
    """Take in the values of one bucket, clipped to their bounds. One without a value leaves M as it is."""
    bounded = np.isfinite(baseline.lower) & np.isfinite(baseline.upper)
    span = np.where(bounded, baseline.upper - baseline.lower, 1.0)
    low = np.where(bounded, baseline.lower, 0.0)
    normal = (baseline.bound - low) / span
    judged = bounded & (normal > 0) & (normal < 1)
    level = bucket.level
    told = judged & ~np.isnan(level)

    normal = np.where(judged, normal, 0.5)
    gain = np.where(told, np.clip((level - low) / span, 0.0, 1.0) - normal, 0.0)
    growth = np.log1p(stakes(normal) * gain[:, None])
    log_evidence = np.where(told[:, None], add_one(state["log_evidence"]) + growth, state["log_evidence"])
    evidence = Evidence(
        np.where(judged, log_mean(log_evidence) / LN10, np.nan),
        np.log10(settings.threshold(baseline, bucket.width)),
    )
    return {"log_evidence": log_evidence}, evidence


def stakes(normal: Floats) -> Floats:
    """Return the stakes lambda_i, (streams, STAKES), geometric up to where the best value would lose nearly all."""
    largest = (LARGEST_SHARE / normal)[:, None]
    smallest = np.minimum(SMALLEST_STAKE, largest)
    powers = np.linspace(0, 1, STAKES)
    return np.asarray(smallest * (largest / smallest) ** powers)


DETECTOR = Detector(
    name="betting",
    title="Bets that a bounded value exceeds its baseline: for F1, AUC, R2 and the like.",
    kinds=frozenset({"bounded"}),
    role="pages",
    start=start,
    update=update,
)
