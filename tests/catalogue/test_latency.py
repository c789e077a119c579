"""Latency quantiles against numpy's, on the whole way from requests to an estimate."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric, Statistics
from ml_exporter.catalogue.bins import LATENCY_CEILING, LATENCY_FLOOR
from ml_exporter.config import Duration
from ml_exporter.tallies import AcceptedPredictions, Buckets, discover
from ml_exporter.windows import windows_at
from tests.builders import binary_model
from tests.catalogue.whole_path import LADDER, NOW, Array

MODEL = binary_model()
SERIES = 1000


def latencies(seconds: Array, series: Array | None = None) -> Statistics:
    """Return the statistics of requests that took so long, all of one series by default."""
    rows = len(seconds)
    codes = np.zeros(rows, dtype=np.int32) if series is None else np.asarray(series, dtype=np.int32)
    buckets = Buckets(discover(), LADDER, ("label",))
    requests = AcceptedPredictions(
        series=codes[:, None],
        timestamp=np.full(rows, NOW - 1),
        status=np.zeros(rows, dtype=np.int64),
        joinable=np.ones(rows, dtype=np.bool_),
        latency=seconds,
        slow=np.zeros(rows, dtype=np.bool_),
        payload=np.full((rows, 2), math.nan),
        sampled=np.ones(rows, dtype=np.bool_),
        features=(),
    )
    buckets.fold_predictions(requests, MODEL, NOW)
    totals = windows_at(buckets, [Duration.parse("1h")], "label", NOW)[0]
    return totals.statistics(np.arange(int(codes.max(initial=0)) + 1), MODEL)


def metric(quantile: float) -> Metric:
    """Return the metric of a quantile."""
    return catalogue.metric(f"prediction_latency_p{round(100 * quantile)}", "binary")


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
@settings(max_examples=60, deadline=None)
@given(seconds=st.lists(st.floats(LATENCY_FLOOR, LATENCY_CEILING), min_size=1, max_size=60))
def test_a_quantile_is_within_1_percent_of_the_latency_that_this_share_of_requests_does_not_exceed(
    quantile: float, seconds: list[float]
) -> None:
    found = metric(quantile).estimate(latencies(np.array(seconds))).value[0]
    assert found == pytest.approx(np.quantile(seconds, quantile, method="inverted_cdf"), rel=0.0100001)


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_a_quantile_of_many_requests_is_within_1_percent_of_numpys_interpolated_one(quantile: float) -> None:
    seconds = np.random.default_rng(5).lognormal(-3, 1, 200_000)
    found = metric(quantile).estimate(latencies(seconds)).value[0]
    assert found == pytest.approx(np.quantile(seconds, quantile), rel=0.0102)


def test_latencies_beyond_the_bins_are_counted_in_the_outermost_ones() -> None:
    found = latencies(np.array([0.0, 0.0, 1e9]))
    assert metric(0.5).estimate(found).value[0] == pytest.approx(LATENCY_FLOOR)
    assert metric(0.99).estimate(found).value[0] == pytest.approx(LATENCY_CEILING, rel=0.02)


def test_requests_without_a_latency_have_no_quantile() -> None:
    assert math.isnan(metric(0.5).estimate(latencies(np.array([math.nan, math.nan]))).value[0])


@pytest.mark.parametrize(
    ("rows", "quantile"), [(100, 0.5), (1000, 0.5), (100, 0.95), (1000, 0.95), (100, 0.99), (1000, 0.99)]
)
def test_a_quantile_is_seldom_below_its_lower_or_above_its_upper_bound(rows: int, quantile: float) -> None:
    seconds = np.random.default_rng(rows).exponential(0.1, SERIES * rows)
    estimate = metric(quantile).estimate(latencies(seconds, np.repeat(np.arange(SERIES), rows)))
    truth = stats.expon(scale=0.1).ppf(quantile)
    assert ((estimate.lower <= estimate.value) & (estimate.value <= estimate.upper)).all()
    assert np.mean(estimate.lower * 0.99 > truth) <= 0.035
    if rows * (1 - quantile) > 10:  # with fewer beyond it, the largest of all requests is no upper bound
        assert np.mean(estimate.upper * 1.01 < truth) <= 0.035
