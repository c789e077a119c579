"""One cluster for all tests of a module; each has topics of its own."""

from collections.abc import Iterator

import pytest

from tests.feeds.kafka.cluster import Cluster, cluster


@pytest.fixture(scope="module")
def kafka() -> Iterator[Cluster]:
    with cluster() as running:
        yield running
