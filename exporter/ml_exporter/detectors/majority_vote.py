"""The majority of t-test, linear trend and sliding t-tests; kept for comparison."""

import numpy as np

from ml_exporter.detectors import linear_trend, t_test, window_change_point
from ml_exporter.detectors.interface import ALL_KINDS, Baseline, Bucket, Detector, Evidence, Floats, Settings, State

VOTERS = (t_test.DETECTOR, linear_trend.DETECTOR, window_change_point.DETECTOR)


def start(streams: int) -> State:
    """Return the voters' states, each name behind that of its voter: ``t_test.levels``."""
    return {f"{voter.name}.{name}": values for voter in VOTERS for name, values in voter.start(streams).items()}


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:
    """Ask every voter; the evidence is by how much the middle one of them exceeds its own threshold.

    A voter that cannot judge votes no; where none can, there is no evidence.
    """
    states: dict[str, Floats] = {}
    surplus = []
    for voter in VOTERS:
        before = {
            name.removeprefix(f"{voter.name}."): state[name] for name in state if name.startswith(f"{voter.name}.")
        }
        own, evidence = voter.update(before, baseline, bucket, settings)
        states |= {f"{voter.name}.{name}": values for name, values in own.items()}
        surplus.append(evidence.log10_evidence - evidence.log10_threshold)
    votes = np.stack(surplus)
    middle = np.sort(np.where(np.isnan(votes), -np.inf, votes), axis=0)[len(VOTERS) // 2]
    return states, Evidence(np.where(np.isnan(votes).all(axis=0), np.nan, middle), np.zeros(middle.shape))


DETECTOR = Detector(
    name="majority_vote",
    title="Two of `t_test`, `linear_trend` and `window_change_point`.",
    kinds=ALL_KINDS,
    role="compares",
    start=start,
    update=update,
)
