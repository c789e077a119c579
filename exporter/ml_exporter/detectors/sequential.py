"""Mixture e-SR detector on counts: the default that pages.

For each alternative rate q_j above e0 the likelihood ratio of a bucket with n outcomes, k of them bad, is

    L_j = exp{[k ln(q_j / e0) + (n - k) ln((1 - q_j) / (1 - e0))] / phi},    M_j <- (1 + M_j) L_j,

and the evidence is M, the mean of the M_j. While the bad rate stays at or below e0 (and phi covers the
overdispersion), M minus the number of buckets is a supermartingale: the mean time to a false alarm at M >= c is at
least c buckets, and the probability of one within t buckets at most t / c.

Source: Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change detection" (2022).
"""

import numpy as np

from ml_exporter.detectors.interface import Baseline, Bucket, Detector, Evidence, Floats, Settings, State
from ml_exporter.detectors.log_space import LN10, add_one, log_mean

STEPS = 14
SMALLEST_STEP, LARGEST_STEP = 0.004, 0.5
"""The alternatives lie at e0 plus a geometric grid of steps; for rates below 0.008 it starts at half the rate."""


def start(streams: int) -> State:
    """Return the state without evidence: ``log_evidence`` (streams, STEPS), the logarithms of M_j."""
    return {"log_evidence": np.full((streams, STEPS), -np.inf)}


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:
    """Take in the counts of one bucket. A bucket without outcomes leaves M as it is."""
    judged = ~np.isnan(bucket.bad) & (baseline.bound > 0) & (baseline.bound < 1)
    told = judged & (bucket.outcomes > 0)
    normal = np.where(judged, baseline.bound, 0.5)
    ratio = _log_likelihood_ratio(
        np.where(told, bucket.bad, 0.0), np.where(told, bucket.outcomes, 0.0), normal, baseline.overdispersion
    )
    log_evidence = np.where(told[:, None], add_one(state["log_evidence"]) + ratio, state["log_evidence"])
    evidence = Evidence(
        np.where(judged, log_mean(log_evidence) / LN10, np.nan),
        np.log10(settings.threshold(baseline, bucket.width)),
    )
    return {"log_evidence": log_evidence}, evidence


def _log_likelihood_ratio(bad: Floats, outcomes: Floats, normal: Floats, overdispersion: Floats) -> Floats:
    """Return ln L_j, (streams, STEPS)."""
    alternative = alternatives(normal)
    if_bad = np.log(alternative / normal[:, None])
    if_good = np.log((1 - alternative) / (1 - normal[:, None]))
    phi = np.maximum(np.where(np.isnan(overdispersion), 1.0, overdispersion), 1.0)
    return ((bad / phi)[:, None] * if_bad) + (((outcomes - bad) / phi)[:, None] * if_good)


def alternatives(normal: Floats) -> Floats:
    """Return the rates q_j that are bet on, (streams, STEPS); never further than half the way from e0 to 1."""
    smallest = np.minimum(SMALLEST_STEP, normal / 2)[:, None]
    powers = np.linspace(0, 1, STEPS)
    steps = smallest * (LARGEST_STEP / smallest) ** powers
    return np.minimum(normal[:, None] + steps, (1 + normal[:, None]) / 2)


DETECTOR = Detector(
    name="sequential",
    title="Mixture e-SR test on counts: has the share of bad outcomes risen above the baseline?",
    kinds=frozenset({"proportion"}),
    role="pages",
    start=start,
    update=update,
)
