"""The ensemble: averages of evidence, and e-d-BH over the fleet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ml_exporter.detectors import Evidence, ensemble
from tests.detectors.builders import Floats


def evidence(logs: list[float] | Floats, threshold: float = 4.0) -> Evidence:
    values = np.array(logs, dtype=float)
    return Evidence(values, np.full(len(values), threshold))


def test_the_average_is_taken_of_the_evidence_and_not_of_its_logarithm() -> None:
    both = ensemble.average([evidence([2, -np.inf, 400, -np.inf]), evidence([0, 1, 2, -np.inf])])
    expected = [np.log10((100 + 1) / 2), np.log10(10 / 2), 400 - np.log10(2), -np.inf]
    np.testing.assert_allclose(both.log10_evidence, expected)


def test_a_detector_that_cannot_judge_does_not_count() -> None:
    both = ensemble.average([evidence([2, np.nan, np.nan]), evidence([np.nan, 3, np.nan])])
    np.testing.assert_allclose(both.log10_evidence, [2, 3, np.nan])
    assert not both.alarm[2]


def test_one_detector_is_its_own_average() -> None:
    alone = ensemble.average([evidence([2, -1, np.nan])])
    np.testing.assert_allclose(alone.log10_evidence, [2, -1, np.nan])


def largest_k(logs: Floats, thresholds: Floats) -> set[int]:
    """Follow the definition: the largest k of which the k-th largest evidence is at least c J / k."""
    streams = [stream for stream in range(len(logs)) if not np.isnan(logs[stream])]
    surplus = {stream: 10.0 ** (logs[stream] - thresholds[stream]) for stream in streams}
    ranked = sorted(streams, key=lambda stream: -surplus[stream])
    for k in range(len(ranked), 0, -1):
        if surplus[ranked[k - 1]] >= len(ranked) / k:
            return {stream for stream in streams if surplus[stream] >= len(ranked) / k}
    return set()


@effort(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 6) | st.just(np.nan), st.floats(1, 5)), max_size=30))
def test_the_fleet_alarms_by_the_definition(streams: list[tuple[float, float]]) -> None:
    logs = np.array([log for log, _ in streams])
    thresholds = np.array([threshold for _, threshold in streams])
    alarms = ensemble.fleet_alarms(Evidence(logs, thresholds))
    assert set(np.flatnonzero(alarms)) == largest_k(logs, thresholds)


def test_a_single_stream_alarms_at_its_own_threshold() -> None:
    assert ensemble.fleet_alarms(evidence([4.0])).tolist() == [True]
    assert ensemble.fleet_alarms(evidence([3.999])).tolist() == [False]


def test_one_stream_of_many_needs_more_and_many_at_once_need_less() -> None:
    alone = np.full(100, -np.inf)
    alone[7] = 5.9
    assert not ensemble.fleet_alarms(evidence(alone)).any()
    alone[7] = 6.0
    assert np.flatnonzero(ensemble.fleet_alarms(evidence(alone))).tolist() == [7]
    alone[:50] = 4.31
    assert ensemble.fleet_alarms(evidence(alone)).sum() == 50


@pytest.mark.parametrize("logs", [[], [np.nan, np.nan], [-np.inf]])
def test_a_fleet_without_evidence_is_silent(logs: list[float]) -> None:
    assert not ensemble.fleet_alarms(evidence(logs)).any()


def test_the_surplus_that_is_needed_falls_with_the_streams_that_alarm() -> None:
    logs = np.full(100, -np.inf)
    logs[:10] = 9
    fleet = evidence(logs)
    assert ensemble.fleet_threshold(fleet, ensemble.fleet_alarms(fleet)) == pytest.approx(1)
    assert ensemble.fleet_threshold(fleet, np.zeros(100, dtype=bool)) == pytest.approx(2)
