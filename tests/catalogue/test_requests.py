"""The share of failed requests: against plain counting, and its interval in a simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter import catalogue
from ml_exporter.catalogue import Statistics
from ml_exporter.tallies import AcceptedPredictions, Buckets, discover
from ml_exporter.tallies.serving import STATUS_LIMIT
from tests.builders import binary_model
from tests.catalogue.test_class_intervals import SERIES, coverage
from tests.catalogue.whole_path import LADDER, NOW, window

MODEL = binary_model()
SUCCESS = 0


def requests(status: list[int], series: list[int] | None = None, count: int = 1) -> Statistics:
    """Return the statistics of requests with these codes of statuses, of the first so many series."""
    rows = len(status)
    codes = np.array(status, dtype=np.int64)
    buckets = Buckets(discover(), LADDER, ("label",))
    made = AcceptedPredictions(
        series=np.zeros((rows, 1), dtype=np.int32) if series is None else np.array(series, dtype=np.int32)[:, None],
        timestamp=np.full(rows, NOW - 1),
        status=codes,
        joinable=codes == SUCCESS,
        latency=np.full(rows, math.nan),
        slow=np.zeros(rows, dtype=np.bool_),
        payload=np.full((rows, 2), math.nan),
        sampled=codes == SUCCESS,
        features=(),
    )
    buckets.fold_predictions(made, MODEL, NOW)
    return window(buckets).statistics(np.arange(count), MODEL)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, STATUS_LIMIT - 1), min_size=1, max_size=60))
def test_it_is_the_share_of_those_whose_status_is_another_than_success(status: list[int]) -> None:
    found = catalogue.metric("error_rate").estimate(requests(status))
    assert found.value[0] == pytest.approx(sum(code != SUCCESS for code in status) / len(status))
    assert 0 <= found.lower[0] <= found.value[0] <= found.upper[0] <= 1


def test_without_requests_there_is_none() -> None:
    assert np.isnan(catalogue.metric("error_rate").estimate(requests([])).value[0])


@pytest.mark.parametrize(("rows", "truth"), [(400, 0.02), (60, 0.3)])
def test_its_interval_holds_the_truth_about_95_times_of_100(rows: int, truth: float) -> None:
    failed = np.random.default_rng(rows).random(SERIES * rows) < truth
    found = requests(failed.astype(int).tolist(), np.repeat(np.arange(SERIES), rows).tolist(), SERIES)
    assert 0.925 <= coverage("error_rate", found, "binary", truth) <= 0.985
