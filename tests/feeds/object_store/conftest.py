"""One store for all tests of a module; each has a path of its own."""

from collections.abc import Iterator

import pytest

from tests.feeds.object_store.stores import CREDENTIALS, Bucket, bucket


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def events() -> Iterator[Bucket]:
    with bucket() as running:
        yield running
