"""What is broken is told with what to do, and loses nothing else."""

import base64
import gzip
from typing import Any

import pytest
from pydantic import ValidationError

from ml_exporter.config.shown import Expanded
from ml_exporter.feeds import FeedError
from ml_exporter.feeds.object_store import FEED, ObjectStoreFeedSettings
from tests.feeds.builders import lines
from tests.feeds.object_store.source import Source
from tests.feeds.object_store.stores import ACCOUNT_KEY, Bucket, bucket, running


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        pytest.param("b.parquet", b"no table at all", "is no Parquet file", id="no Parquet"),
        pytest.param("b.parquet", b"PAR1" + bytes(40) + b"PAR1", "is no sound Parquet file", id="damaged Parquet"),
        pytest.param("b.parquet", b"PAR1 and then nothing", "has no end as a Parquet file", id="half of Parquet"),
        pytest.param("b.jsonl.gz", gzip.compress(lines(["x"]) * 99)[:40], "is damaged", id="half of gzip"),
        pytest.param("b.csv", b"colour,size\nred,1\n", "none of which is a field", id="CSV of something else"),
    ],
)
def test_an_object_that_cannot_be_read_is_rejected_and_the_others_are_read(
    events: Bucket, name: str, content: bytes, why: str, request: pytest.FixtureRequest
) -> None:
    path = f"broken-{request.node.callspec.id.replace(' ', '-')}"
    for other in ("a", "c"):
        events.put(f"{path}/{other}.jsonl", lines([other]))
    events.put(f"{path}/{name}", content)
    source = Source(FEED, events.feed(path))
    assert set(source.all()) >= {"a", "c"}
    (rejection,) = [one for one in source.rejections if why in one.detail]
    assert rejection.place == f"{events.url}/{path}/{name}"
    source.close()


def test_an_object_that_ends_within_a_row_is_told(events: Bucket) -> None:
    events.put("within/a.csv", b'prediction_id,model_name,timestamp,prediction\n1,fraud,1700000000,"1\n')
    events.put("within/b.jsonl", lines(["2"]))
    source = Source(FEED, events.feed("within"))
    assert source.all() == ["2"]
    assert len(source.rejections) == 1
    source.close()


def test_an_object_that_is_too_large_is_rejected(events: Bucket) -> None:
    events.put("large/a.jsonl", lines(map(str, range(100))))
    events.put("large/b.jsonl", lines(["small"]))
    source = Source(FEED, events.feed("large", largest_object_bytes=500))
    assert source.all() == ["small"]
    assert [one.reason for one in source.rejections] == ["too_large"]
    source.close()


def told(options: dict[str, Any]) -> str:
    source = Source(FEED, options)
    with pytest.raises(FeedError) as raised:
        source.step()
    source.close()
    return str(raised.value)


def test_a_bucket_that_is_missing_is_told(events: Bucket) -> None:
    nowhere = f"{events.url.partition('//')[0]}//nowhere/"
    assert told(events.feed("") | {"url": nowhere}) == (
        f"{nowhere}: there is no such bucket; create it, or correct `url`"
    )


def test_a_store_that_is_not_there_is_told_and_what_it_has_is_read_once_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.feeds.objects.store._RETRIES", 0)
    with bucket() as store:
        store.put("p/a.jsonl", lines(["1"]))
        source = Source(FEED, store.feed("p"))
        source.all()
    with pytest.raises(FeedError, match="cannot be reached; start it"):
        source.step()
    source.close()
    with bucket() as store:
        store.put("p/b.jsonl", lines(["2"]))
        source.settings = FEED.settings.model_validate(store.feed("p"))
        assert source.all() == ["1", "2"]
    source.close()


def test_a_store_that_fails_among_objects_loses_nothing(events: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        events.put(f"among/{number}.jsonl", lines([str(number)]))
    source = Source(FEED, events.feed("among"))
    asked: list[str] = []
    from ml_exporter.feeds.objects import reading  # noqa: PLC0415

    fetch = reading.fetch

    def failing(store: Any, found: Any, format_: Any) -> Any:
        asked.append(found.key)
        if len(asked) in (3, 4):
            raise OSError("the network is gone")
        return fetch(store, found, format_)

    monkeypatch.setattr(reading, "fetch", failing)
    assert source.step() is not None
    assert len(source.read) == 2, "first comes what was there already"
    with pytest.raises(FeedError, match="the network is gone; it is asked again"):
        source.step()
    assert sorted(source.all()) == [str(number) for number in range(5)]
    source.close()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"url": "bucket/path"}, "is no address of a store"),
        ({"url": "ftp://host/path"}, "is no address of a store"),
        ({"url": "s3://key:hidden@bucket/"}, "has a user or password in it"),
        ({"url": "s3://bucket/?key=hidden"}, "has a query"),
        ({"endpoint": "minio:9000"}, "endpoint"),
        ({"options": {"aws_secret_access_key": "hidden"}}, "may be a secret and stands in the file"),
        ({"largest_object_bytes": 0}, "largest_object_bytes"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ObjectStoreFeedSettings.model_validate(
            {"name": "f", "kind": "object_store", "events": "labels", "url": "s3://b/"} | options
        )
    messages = [f"{'.'.join(map(str, one['loc']))} {one['msg']}" for one in raised.value.errors()]
    assert any(why in one for one in messages), messages
    assert not any("hidden" in one for one in messages)


_SECRETS = {
    "s3": {"aws_access_key_id": "other", "aws_secret_access_key": "x"},
    "az": {"azure_storage_account_key": ACCOUNT_KEY},
}


@pytest.mark.parametrize("events", _SECRETS, indirect=True)
def test_secrets_of_the_configuration_are_taken(events: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.delenv(name)
    events.put("secret/a.jsonl", lines(["1"]))
    options = {
        name: Expanded(value, f"${{{name.upper()}}}") for name, value in _SECRETS[events.url.partition(":")[0]].items()
    }
    source = Source(FEED, events.feed("secret", options=options))
    assert source.all() == ["1"]
    source.close()


def test_an_option_that_the_store_does_not_have_is_told(events: Bucket) -> None:
    with pytest.raises(FeedError, match="'colour' is not valid for store"):
        Source(FEED, events.feed("x", options={"colour": "red"})).step()


def test_a_wrong_key_of_azure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", base64.b64encode(b"another").decode())
    with running("az") as azure:
        assert "may not be read (AuthorizationFailure); let these credentials" in told(azure.feed(""))
