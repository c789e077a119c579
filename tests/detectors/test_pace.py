"""The pace at which buckets hold outcomes."""

import numpy as np
import pytest

from ml_exporter.detectors import pace
from tests.detectors.builders import counts, every


def test_before_anything_is_watched_the_baseline_tells() -> None:
    np.testing.assert_allclose(pace.share(pace.start(3), np.array([0.5, 0.0, np.nan])), [0.5, 0, 1])


def test_watching_overrules_the_baseline() -> None:
    state = pace.start(2)
    for index in range(14 * 1440):
        outcomes = np.array([10.0, 10.0 if index % 1440 == 0 else 0.0])
        state = pace.update(state, counts(index, outcomes, every(2, 0)))
    shares = pace.share(state, every(2, 1.0))
    assert shares[0] == pytest.approx(1)
    assert shares[1] == pytest.approx((14 + 1440) / (15 * 1440), rel=1e-6)


def test_the_memory_fades_after_four_weeks() -> None:
    state = {"closed": every(1, 40320), "filled": every(1, 40320)}
    for index in range(2 * 40320):
        state = pace.update(state, counts(index, every(1, 0), every(1, 0)))
    assert state["closed"][0] == pytest.approx(40320)
    assert pace.share(state, every(1, 0))[0] < 0.15
