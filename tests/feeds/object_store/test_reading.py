"""Objects become events: each once, in every format, wherever reading begins again."""

import itertools
import random
import time
from collections.abc import Iterator

import pytest

from ml_exporter.feeds.object_store import FEED
from tests.feeds.builders import lines, prediction
from tests.feeds.formats.writing import FILES
from tests.feeds.object_store.source import Source
from tests.feeds.object_store.stores import Bucket

_numbers = itertools.count()


@pytest.fixture
def path() -> Iterator[str]:
    """Return a path that is no other test's."""
    return iter([f"path-{next(_numbers)}"])


@pytest.fixture
def own(path: Iterator[str]) -> str:
    return next(path)


def numbers(first: int, count: int) -> list[str]:
    return [str(number) for number in range(first, first + count)]


@pytest.mark.parametrize("ending", sorted(FILES))
def test_objects_of_every_format_are_read(events: Bucket, own: str, ending: str) -> None:
    written = FILES[ending]([prediction(str(number), segment={"country": "DE"}) for number in range(50)])
    events.put(f"{own}/day=1/part-0.{ending}", written)
    source = Source(FEED, events.feed(own))
    assert source.all() == numbers(0, 50)
    assert source.rejections == []
    source.close()


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz"])
def test_a_last_line_without_its_newline_is_a_line(events: Bucket, own: str, ending: str) -> None:
    whole = [prediction(str(number)) for number in range(3)]
    plain = FILES[ending.partition(".")[0]](whole).rstrip(b"\r\n")
    events.put(f"{own}/part.{ending}", _packed(plain, ending))
    source = Source(FEED, events.feed(own))
    assert source.all() == numbers(0, 3)
    source.close()


def _packed(content: bytes, ending: str) -> bytes:
    import gzip  # noqa: PLC0415 - for these alone

    import zstandard  # noqa: PLC0415 - as above

    if ending.endswith("gz"):
        return gzip.compress(content)
    return zstandard.ZstdCompressor().compress(content) if ending.endswith("zst") else content


def test_what_comes_later_is_read_later_and_nothing_twice(events: Bucket, own: str) -> None:
    source = Source(FEED, events.feed(own))
    for number in range(4):
        events.put(f"{own}/{number}.jsonl", lines(numbers(10 * number, 10)))
        source.all()
        if number == 1:
            source.close()  # and opened again where it stood
    assert source.read == numbers(0, 40)
    source.close()


def test_many_small_objects_are_one_batch(events: Bucket, own: str) -> None:
    for number in range(30):
        events.put(f"{own}/{number:02}.jsonl", lines([str(number)]))
    source = Source(FEED, events.feed(own))
    assert sorted(source.all(), key=int) == numbers(0, 30)
    assert len(source.batches) == 1
    assert (source.batches[0].behind, source.batches[0].bytes_left) == (False, 0)
    source.close()


@pytest.mark.parametrize("ending", ["jsonl", "csv.zst", "parquet"])
def test_a_large_object_is_read_in_batches_and_gone_on_with_where_it_was(
    events: Bucket, own: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_exporter.feeds.formats.gathering.MAXIMUM_ROWS", 64)
    events.put(f"{own}/large.{ending}", FILES[ending]([prediction(str(number)) for number in range(500)]))
    source = Source(FEED, events.feed(own))
    while source.step() is not None:
        source.close()
    assert source.read == numbers(0, 500)
    assert len(source.batches) == 8
    assert source.batches[0].behind
    assert FEED.where is not None
    assert FEED.where(source.batches[0].position).startswith(f"in large.{ending}, ")
    assert FEED.where(source.batches[-1].position) == f"behind large.{ending}"
    source.close()


def test_an_object_that_is_written_anew_is_read_anew(events: Bucket, own: str) -> None:
    events.put(f"{own}/a.jsonl", lines(["1", "2"]))
    source = Source(FEED, events.feed(own))
    source.all()
    events.put(f"{own}/a.jsonl", lines(["1", "2", "3"]))
    assert source.all() == ["1", "2", "1", "2", "3"]
    source.close()


def test_an_object_that_is_gone_while_it_is_read_stops_nothing(
    events: Bucket, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_exporter.feeds.formats.gathering.MAXIMUM_ROWS", 5)
    events.put(f"{own}/a.jsonl", lines(numbers(0, 20)))
    source = Source(FEED, events.feed(own))
    source.step()
    source.close()
    events.delete(f"{own}/a.jsonl")
    events.put(f"{own}/b.jsonl", lines(numbers(20, 5)))
    assert source.all() == [*numbers(0, 5), *numbers(20, 5)]
    source.close()


def test_names_choose(events: Bucket, own: str) -> None:
    for name in (
        "p/1.jsonl",
        "p/2.csv",
        "l/1.jsonl",
        "p/_temporary/3.jsonl",
        "p/.4.jsonl",
        "_SUCCESS",
        "p/deep/5.jsonl",
    ):
        events.put(f"{own}/{name}", lines([name]))
    events.put(f"{own}/p/empty.jsonl", b"")
    source = Source(FEED, events.feed(own, pattern="p/*.jsonl"))
    assert sorted(source.all()) == ["p/1.jsonl", "p/deep/5.jsonl"]
    source.close()


def test_objects_appear_in_any_order_and_each_counts_once(events: Bucket, own: str) -> None:
    dice, put = random.Random(7), set()
    source = Source(FEED, events.feed(own))
    for step in range(25):
        for _ in range(dice.randrange(3)):
            number = dice.randrange(200)
            if number not in put:
                events.put(f"{own}/{dice.randrange(10)}/{number}.jsonl", lines([str(number)]))
                put.add(number)
        if dice.random() < 0.5:
            source.step()
        if dice.random() < 0.3:
            source.close()
        if step == 12:
            time.sleep(1.1)  # S3 tells whole seconds: what comes now has another one
    assert sorted(source.all(), key=int) == [str(number) for number in sorted(put)]
    source.close()


def test_a_folder_is_a_store_as_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("objects")
    (folder / "a.jsonl").write_bytes(lines(["1", "2"]))
    options = {"name": "f", "kind": "object_store", "events": "predictions", "url": f"file://{folder}"}
    source = Source(FEED, options)
    assert source.all() == ["1", "2"]
    source.close()
