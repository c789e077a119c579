"""One store of each cloud for all tests of a module; each has a path of its own."""

from collections.abc import Iterator

import pytest

from tests.feeds.object_store.stores import CREDENTIALS, STORES, Bucket, running


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module", params=STORES)
def events(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    with running(request.param) as store:
        yield store
