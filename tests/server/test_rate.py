"""The rate limit: a burst, then one each interval, whoever asks."""

import httpx

from ml_exporter.clock import ManualClock
from ml_exporter.config import RateLimit, WebSettings
from ml_exporter.server.web import Web
from ml_exporter.server.web.rate import Rate
from tests.server.serving import serving


def _limit(interval: str, burst: int) -> RateLimit:
    return RateLimit.model_validate({"interval": interval, "burst": burst})


def test_a_burst_passes_and_then_one_each_interval() -> None:
    timer = ManualClock()
    rate, limit = Rate(timer.now), _limit("2s", 3)
    assert [rate.admits(limit) for _ in range(4)] == [True, True, True, False]
    timer.advance(1.9)
    assert not rate.admits(limit)
    timer.advance(0.2)
    assert [rate.admits(limit) for _ in range(2)] == [True, False]


def test_rest_saves_up_no_more_than_the_burst() -> None:
    timer = ManualClock()
    rate, limit = Rate(timer.now), _limit("1s", 2)
    assert rate.admits(limit)
    timer.advance(3600)
    assert [rate.admits(limit) for _ in range(3)] == [True, True, False]


def test_without_a_limit_everything_passes_and_a_new_one_begins_with_its_burst() -> None:
    rate = Rate(ManualClock().now)
    assert all(rate.admits(None) for _ in range(100))
    assert [rate.admits(_limit("1m", 1)) for _ in range(2)] == [True, False]
    assert [rate.admits(_limit("1m", 2)) for _ in range(3)] == [True, True, False]


def test_requests_beyond_the_rate_are_refused_but_probes_are_not() -> None:
    web = Web(WebSettings(rate_limit=_limit("1h", 2)), None)
    with serving(web=lambda: web) as running, httpx.Client(base_url=running.url) as client:
        assert [client.get("/metrics").status_code for _ in range(3)] == [200, 200, 429]
        assert [client.get("/-/ready").status_code for _ in range(3)] == [200] * 3
        assert running.refused("too_many_requests") == 1
