"""One server for all tests of a module; each has streams of its own."""

from collections.abc import Iterator

import pytest

from tests.feeds.redis.server import PROGRAM, Server, server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a server where there is none; `make test` says why."""
    if PROGRAM is None:
        for item in items:
            if "feeds/redis/test_settings" not in item.nodeid and "feeds/redis/" in item.nodeid:
                item.add_marker(pytest.mark.skip(reason="there is no redis-server: scripts/fetch-redis.sh says why"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("redis")) as found:
        yield found
