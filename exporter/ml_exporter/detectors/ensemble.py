"""The ensemble that pages: e-detectors averaged by stream, then judged over the whole fleet.

The average of e-detectors is an e-detector again, under any dependence between them. Over J streams, e-d-BH raises
the k* streams with the most evidence, k* the largest k for which the k-th largest evidence is at least c J / k: one
stream alone needs J times the evidence, a fall of many streams at once needs less from each.

Source: Dandapanthula and Ramdas, "Multiple testing in multi-stream sequential change detection" (arXiv 2501.04130).
"""

import math
from collections.abc import Sequence

import numpy as np

from ml_exporter.detectors.interface import Bools, Evidence
from ml_exporter.detectors.log_space import LN10, log_mean


def average(evidence: Sequence[Evidence]) -> Evidence:
    """Return the average of the e-detectors that judge each stream; NaN where none does.

    Args:
        evidence: of detectors whose role is ``pages``; at least one.
    """
    each = np.stack([one.log10_evidence for one in evidence], axis=-1) * LN10
    judging = (~np.isnan(each)).sum(axis=-1)
    total = log_mean(np.where(np.isnan(each), -np.inf, each)) + np.log(len(evidence))
    mean = total - np.log(np.maximum(judging, 1))
    thresholds = np.stack([one.log10_threshold for one in evidence], axis=-1)
    return Evidence(np.where(judging > 0, mean / LN10, np.nan), thresholds.max(axis=-1))


def fleet_alarms(evidence: Evidence) -> Bools:
    """Return which streams of the fleet raise an alarm, by e-d-BH.

    Args:
        evidence: of every stream of the fleet; a stream with NaN does not count. Streams may differ in their
            thresholds: each enters with its evidence as a multiple of its own.
    """
    surplus = evidence.log10_evidence - evidence.log10_threshold
    counted = ~np.isnan(surplus)
    fleet = int(counted.sum())
    alarms = np.zeros(surplus.shape, dtype=np.bool_)
    if fleet == 0:
        return alarms
    ranked = np.sort(surplus[counted])[::-1]
    needed = np.log10(fleet / np.arange(1, fleet + 1))
    reached = np.flatnonzero(ranked >= needed)
    if len(reached):
        alarms[counted] = surplus[counted] >= needed[reached[-1]]
    return alarms


def fleet_threshold(evidence: Evidence, alarms: Bools) -> float:
    """Return by how much (log10) a stream has to exceed its own threshold, given what the fleet shows now.

    Args:
        evidence: of the fleet.
        alarms: what ``fleet_alarms`` said of it.
    """
    fleet = max(int((~np.isnan(evidence.log10_evidence)).sum()), 1)
    return math.log10(fleet / max(int(alarms.sum()), 1))
