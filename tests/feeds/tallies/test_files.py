"""Files of tallies: each counts once, whatever happens to it; what cannot be used says why."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter import feeds
from ml_exporter.config import ConfigurationError
from ml_exporter.feeds import FeedError
from ml_exporter.feeds.tallies import feed as feed_module
from ml_exporter.feeds.tallies import file_format
from ml_exporter.feeds.tallies.file_format import frame_of, read_header, read_rows, sums_of
from ml_exporter.feeds.tallies.position import Position, decode, encode
from tests.feeds.tallies.events import FRAUD, Exporter, assert_same, configuration, made, shown, tally
from tests.feeds.tallies.events import write as write_rows
from tests.scraped import Scraped

CONFIGURATION = configuration(FRAUD, windows=["7d"], detection={"enabled": False})
PREDICTIONS, LABELS = ([one for one in part if one["model_name"] == "fraud"] for part in made(200))


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[Exporter]:
    opened = Exporter(tmp_path, CONFIGURATION)
    yield opened
    opened.close()


def write(folder: Path, batch: int = 0, monitoring: Any = CONFIGURATION, **options: Any) -> Path:
    """Write a file of all events."""
    return tally(folder / "tallies", monitoring, PREDICTIONS, LABELS, batch, **options)


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = write(tmp_path)
    rows = read_rows(file, 0, 10**9)
    assert read_header(file).rows == len(rows)
    assert frame_of(sums_of(rows)).equals(rows)


def test_events_are_counted_with_those_that_could_not_be_used(tmp_path: Path, exporter: Exporter) -> None:
    tally(tmp_path / "tallies", CONFIGURATION, [*PREDICTIONS, {"prediction_id": "x"}, "no event"], LABELS, 0)
    exporter.read()
    metrics = Scraped(exporter.text())
    events = len(PREDICTIONS) + len(LABELS) + 2
    assert metrics.one("ml_exporter_feed_events_total", feed="tallies", kind="outcome") == events
    assert metrics.one("ml_exporter_feed_rejected_total", feed="tallies", reason="malformed") == 1
    newest = max(one["timestamp"] for one in (*PREDICTIONS, *LABELS))
    assert metrics.one("ml_exporter_feed_last_event_timestamp_seconds", feed="tallies") == newest


def test_a_batch_that_is_written_again_stands_as_it_was(tmp_path: Path) -> None:
    first = write(tmp_path).read_bytes()
    again = tally(tmp_path / "tallies", CONFIGURATION, PREDICTIONS[:3], [], 0)
    assert again.read_bytes() == first
    assert [file.name for file in (tmp_path / "tallies").iterdir()] == [again.name]


def test_a_large_file_is_read_in_pieces_and_goes_on_after_a_restart(
    tmp_path: Path, exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    exporter.read()
    whole = shown(exporter.text())
    (tmp_path / "pieces" / "tallies").mkdir(parents=True)
    write(tmp_path / "pieces")
    monkeypatch.setattr(feed_module, "MAXIMUM_ROWS", 100)
    other = Exporter(tmp_path / "pieces", CONFIGURATION)
    pieces = 0
    while (batch := other.feed.read()) is not None:
        assert batch.behind == (decode(batch.position).unfinished is not None)
        other.engine.process(batch, other.at)
        other.close()
        other.open()
        pieces += 1
    assert pieces > 5
    assert shown(other.text()) == whole
    other.close()


def test_a_file_that_goes_while_it_is_read_is_asked_for(
    tmp_path: Path, exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "MAXIMUM_ROWS", 100)
    file = write(tmp_path)
    exporter.feed.read()
    file.rename(tmp_path / "elsewhere")
    with pytest.raises(FeedError, match=r"batch 0 of test was counted to row 100.*put it back"):
        exporter.feed.read()
    (tmp_path / "elsewhere").rename(file)
    assert exporter.feed.read() is not None


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"decision_threshold": 0.4}, "decision_threshold = 0.4"),
        ({"positive_class": "yes"}, "positive_class = 'yes'"),
        ({"objectives": {"prediction_latency_p99": 0.2}}, "objectives.prediction_latency = 0.2"),
        ({"features": [{"name": "amount", "kind": "numeric", "range": [0, 50]}]}, r"features.amount.range = \[0.0, 50"),
    ],
)
def test_a_file_that_was_counted_by_other_options_is_refused_and_the_option_named(
    tmp_path: Path, exporter: Exporter, changes: dict[str, Any], option: str
) -> None:
    write(tmp_path, 0, configuration({**FRAUD, **changes}))
    write(tmp_path, 1)
    assert exporter.read_until_refused(option) == 1


def test_a_bin_that_the_tally_does_not_have_counts_nowhere(tmp_path: Path, exporter: Exporter) -> None:
    """It would be a bin of the series behind it."""
    file = write(tmp_path)
    rows, header = read_rows(file, 0, 10**9), read_header(file)
    file.unlink()
    beyond = rows.filter(pl.col("name").is_null()).with_columns(bin=pl.col("bin") + 10**6)
    below = beyond.with_columns(bin=pl.lit(-1, pl.Int64))
    write_rows(tmp_path / "tallies", CONFIGURATION, pl.concat([rows, beyond, below]), header.counts, 0)
    exporter.read()
    with_strange = shown(exporter.text())
    (tmp_path / "sound").mkdir()
    sound = Exporter(tmp_path / "sound", CONFIGURATION)
    write(tmp_path / "sound")
    sound.read()
    assert_same(shown(sound.text()), with_strange)
    sound.close()


def test_classes_may_have_been_added_since(tmp_path: Path) -> None:
    def weather(*classes: str) -> dict[str, Any]:
        return {"name": "weather", "task": "multiclass", "classes": list(classes)}

    before = configuration(weather("sun", "rain", "snow"))
    exporter = Exporter(tmp_path, configuration(weather("sun", "rain", "snow", "hail")))
    tally(tmp_path / "tallies", before, [], [], 0)
    assert exporter.read() == 1
    exporter.close()
    exporter = Exporter(tmp_path, configuration(weather("rain", "sun")))
    tally(tmp_path / "tallies", before, [], [], 1)
    with pytest.raises(FeedError, match="counted with classes"):
        exporter.read()
    exporter.close()


def test_what_is_no_file_of_tallies_is_told_and_the_others_are_read(tmp_path: Path, exporter: Exporter) -> None:
    write(tmp_path)
    (tmp_path / "tallies" / "a.parquet").write_bytes(b"no table")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "tallies" / "b.parquet")
    assert exporter.read_until_refused("a.parquet cannot be read .*b.parquet is no file of tallies") == 1


def test_a_file_of_a_later_format_is_told(tmp_path: Path, exporter: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_format, "FORMAT", 2)
    pl.DataFrame(schema=dict(file_format.SCHEMA)).write_parquet(
        tmp_path / "tallies" / "later.parquet", metadata={"ml-exporter": '{"format": 2}'}
    )
    monkeypatch.undo()
    assert exporter.read_until_refused("later.parquet has format 2, and this version reads 1") == 0


def test_models_of_other_exporters_are_passed_over(tmp_path: Path, exporter: Exporter) -> None:
    events = made(200)
    tally(tmp_path / "tallies", configuration(), *events, 0)
    exporter.read()
    assert 'model_name="price"' not in exporter.text().decode()
    assert Scraped(exporter.text()).one("ml_predictions_total", model_name="fraud", model_version="v0") > 0


@given(st.lists(st.integers(0, 12)))
def test_the_position_knows_exactly_the_batches_that_were_counted(batches: list[int]) -> None:
    position = Position()
    for batch in batches:
        position.add("job", batch)
        position = decode(encode(position))
    assert [batch for batch in range(-1, 14) if position.has("job", batch)] == sorted(set(batches))
    assert not position.has("other", 0)


def test_a_position_of_another_kind_is_told() -> None:
    with pytest.raises(FeedError, match="none of tallies"):
        decode(b"[]")


def test_a_position_says_to_people_how_far_each_stream_is() -> None:
    position = Position()
    position.add("daily", 3)
    where = feeds.kinds()["tallies"].where
    assert where is not None
    assert where(encode(position)) == "daily to batch 3"


def test_fields_belong_to_the_job_that_counts() -> None:
    with pytest.raises((ConfigurationError, ValueError), match="tallies are sums of events"):
        configuration_with(fields={"score": "p"})


def configuration_with(**options: Any) -> Any:
    """Return the settings of a feed of tallies."""
    settings = feeds.kinds()["tallies"].settings
    return settings.model_validate({"name": "t", "kind": "tallies", "path": "*.parquet", **options})
