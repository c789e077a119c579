"""``ml-exporter backfill``: promtool accepts it, and a real Prometheus answers with what the joined rows give."""

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from sklearn.metrics import accuracy_score, recall_score

from ml_exporter.config import Monitoring
from ml_exporter.demo.prometheus_api import query
from ml_exporter.pipeline import load_configuration
from tests.cli.commands import invoke
from tests.pipeline.in_process import InProcess, label, prediction
from tests.stack.servers import prometheus, promtool
from tests.stack.waiting import eventually

ROWS = 4000
HOUR = 3600.0
MODEL = 'fraud "live"'
_KINDS = ("predictions", "labels")


def configured(folder: Path, **options: Any) -> Monitoring:
    values: dict[str, Any] = {
        "models": [{"name": MODEL, "task": "binary", "segments": ["country"]}],
        "feeds": [{"name": name, "kind": "file", "path": f"{name}.jsonl", "events": name} for name in _KINDS],
        "windows": ["1h", "6h"],
        **options,
    }
    file = folder / "monitoring.yml"
    file.write_text(yaml.safe_dump(values))
    return load_configuration(file)


@pytest.fixture(scope="module")
def now() -> float:
    """Return a full hour of a short while ago."""
    return time.time() // HOUR * HOUR


@pytest.fixture(scope="module")
def rows(now: float) -> pl.DataFrame:
    """Return joined rows of three days: predictions half an hour before their labels."""
    random = np.random.default_rng(17)
    told = np.sort(random.uniform(now - 3 * 86400, now, ROWS))
    score = random.uniform(size=ROWS)
    return pl.DataFrame(
        {
            "prediction_id": [f"p{row}" for row in range(ROWS)],
            "timestamp": told - 1800,
            "label_timestamp": told,
            "score": score,
            "actual": (random.random(ROWS) < score).astype(int),
            "model_version": "v1",
            "segment.country": random.choice(["DE", "FR"], ROWS),
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, rows: pl.DataFrame, now: float) -> Iterator[Path]:
    """Let an exporter take the rows in, and go on running."""
    folder = tmp_path_factory.mktemp("backfill")
    engine = InProcess(folder / "data", configured(folder), at=now)
    for part in rows.iter_slices(2000):
        listed = list(part.iter_rows(named=True))
        engine.predict(
            *(
                prediction(
                    row["prediction_id"],
                    model_name=MODEL,
                    timestamp=row["timestamp"],
                    prediction=None,
                    score=row["score"],
                    segment={"country": row["segment.country"]},
                    latency_seconds=0.05,
                )
                for row in listed
            )
        )
        engine.label(*(label(row["prediction_id"], row["actual"], timestamp=row["label_timestamp"]) for row in listed))
    engine.tick()
    yield folder
    engine.close()


def backfilled(folder: Path, *options: str | Path) -> str:
    told = invoke("backfill", folder / "monitoring.yml", "--out", folder / "history.om", *options)
    assert told.exit_code == 0, told.output
    return (folder / "history.om").read_text(encoding="utf-8")


def told_at(seconds: float) -> str:
    """Return a time as it is written on the command line."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def blocks(folder: Path) -> Path:
    """Let promtool make blocks of what was written."""
    data = folder / "prometheus-data" / "tsdb"
    command = [promtool(), "tsdb", "create-blocks-from", "openmetrics", "--quiet", folder / "history.om", data]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "prometheus-data"


def over_window(rows: pl.DataFrame, at: float, window: float) -> pl.DataFrame:
    """Return the rows that were told in the window before a time."""
    return rows.filter((pl.col("label_timestamp") >= at - window) & (pl.col("label_timestamp") < at))


def accuracy(rows: pl.DataFrame) -> float:
    return float(accuracy_score(rows["actual"], rows["score"] >= 0.5))


def recall(rows: pl.DataFrame) -> float:
    return float(recall_score(rows["actual"], rows["score"] >= 0.5))


def asked(address: str, family: str, at: float, **labels: str) -> float:
    """Return the one value that Prometheus has of a family at a past time."""
    matchers = ",".join(f"{name}={json.dumps(value)}" for name, value in {"model_name": MODEL, **labels}.items())
    (sample,) = query(address, f"{family}{{{matchers}}} @ {at:.3f}")
    assert sample["metric"]["job"] == "ml-exporter"
    assert sample["metric"]["instance"] == "localhost:9877"
    return float(sample["value"][1])


def running(folder: Path) -> Path:
    """Write a configuration of a Prometheus that scrapes nothing."""
    file = folder / "prometheus.yml"
    file.write_text("global: {scrape_interval: 1h}\n")
    return file


def test_prometheus_answers_for_a_past_hour_what_its_rows_give(folder: Path, rows: pl.DataFrame, now: float) -> None:
    backfilled(folder, "--since", "2d", "--until", told_at(now), "--step", "1h")
    with prometheus(running(folder), blocks(folder)) as address:
        eventually(lambda: query(address, f"ml_window_outcomes @ {now - HOUR:.0f}"), "the blocks are loaded")
        for hours in (1, 5, 23, 40):
            at = now - hours * HOUR
            for window, seconds in (("1h", HOUR), ("6h", 6 * HOUR)):
                part = over_window(rows, at, seconds)
                assert asked(address, "ml_accuracy_ratio", at, window=window) == pytest.approx(accuracy(part))
                assert asked(address, "ml_recall_ratio", at, window=window) == pytest.approx(recall(part))
                assert asked(address, "ml_window_outcomes", at, window=window) == len(part)
                requests = rows.filter((pl.col("timestamp") >= at - seconds) & (pl.col("timestamp") < at))
                shown = asked(address, "ml_window_requests", at, window=window, status="success")
                assert shown == len(requests)
                german = part.filter(pl.col("segment.country") == "DE")
                segment = {"segment_key": "country", "segment_value": "DE"}
                shown = asked(address, "ml_segment_accuracy_ratio", at, window=window, **segment)
                assert shown == pytest.approx(accuracy(german))


def test_between_full_hours_the_last_bucket_counts(folder: Path, rows: pl.DataFrame, now: float) -> None:
    backfilled(folder, "--since", told_at(now - 5 * HOUR))
    with prometheus(running(folder), blocks(folder)) as address:
        at = now - 3 * HOUR - 25 * 60
        eventually(lambda: query(address, f"ml_window_outcomes @ {at:.0f}"), "the blocks are loaded")
        part = over_window(rows, at, HOUR)
        assert asked(address, "ml_accuracy_ratio", at, window="1h") == pytest.approx(accuracy(part))
        assert asked(address, "ml_accuracy_ratio", at + 200, window="1h") == pytest.approx(accuracy(part))


def test_rows_that_were_joined_elsewhere_give_the_same(tmp_path: Path, rows: pl.DataFrame, now: float) -> None:
    configured(tmp_path)
    rows.write_parquet(tmp_path / "rows.parquet")
    at = now - 60 * HOUR - 20 * 60  # in five minutes' steps, however long ago
    span = ("--since", told_at(at - HOUR), "--until", told_at(at + HOUR))
    backfilled(tmp_path, "--rows", tmp_path / "rows.parquet", "--model", MODEL, *span)
    with prometheus(running(tmp_path), blocks(tmp_path)) as address:
        eventually(lambda: query(address, f"ml_window_outcomes @ {at:.0f}"), "the blocks are loaded")
        part = over_window(rows, at, HOUR)
        assert asked(address, "ml_accuracy_ratio", at, window="1h", model_version="v1") == pytest.approx(accuracy(part))


def lines(text: str, family: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"{family}{{")]


def test_nothing_is_told_of_times_at_which_there_was_nothing(folder: Path, now: float) -> None:
    text = backfilled(folder, "--since", "30d", "--step", "1h")
    times = sorted({float(line.rsplit(" ", 1)[1]) for line in lines(text, "ml_accuracy_ratio")})
    assert times[0] >= now - 3 * 86400
    assert set(np.diff(times)) == {HOUR}
    assert text.endswith("# EOF\n")


def test_windows_shorter_than_the_buckets_of_that_time_are_left_out(tmp_path: Path, now: float) -> None:
    """With one-day buckets of what is older than an hour, a window of an hour cannot be told."""
    buckets = [{"width": one, "keep": keep} for one, keep in (("1m", "30m"), ("5m", "1h"), ("1d", "40d"))]
    engine = InProcess(tmp_path / "data", configured(tmp_path, buckets=buckets, windows=["1h", "2d"]), at=now)
    engine.predict(*(prediction(f"p{row}", model_name=MODEL, timestamp=now - 86400 * 3) for row in range(10)))
    engine.label(*(label(f"p{row}", timestamp=now - 86400 * 3) for row in range(10)))
    engine.tick()
    engine.close()
    text = backfilled(tmp_path, "--step", "6h")
    windows = {line.split('window="')[1].split('"')[0] for line in lines(text, "ml_window_outcomes")}
    assert windows == {"2d"}


def test_what_is_not_exposed_is_not_written(tmp_path: Path, folder: Path) -> None:
    text = (folder / "monitoring.yml").read_text() + "switched_off: [ml_recall_ratio]\n"
    (folder / "off.yml").write_text(text)
    assert invoke("backfill", folder / "off.yml", "--out", tmp_path / "x.om", "--since", "6h").exit_code == 0
    written = (tmp_path / "x.om").read_text()
    assert lines(written, "ml_precision_ratio")
    assert not lines(written, "ml_recall_ratio")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "yesterday"], "yesterday is no time"),
        (["--step", "x"], "--step 'x' is no duration"),
        (["--rows", "nothing.csv"], "nothing.csv cannot be read"),
        (["--rows", "monitoring.yml"], "monitoring.yml"),
        (["--rows", "no-times.csv"], "no-times.csv has no column timestamp (it has score, actual); rename or add it"),
        (["--rows", "unusable.csv"], "holds no row of"),
        (["--rows", "no-times.csv", "--model", "churn"], "--model churn: no such model; choose from"),
        (["--out", "/proc/none/x"], "make its folder writable, or choose another --out"),
    ],
)
def test_what_cannot_be_done_is_said(
    folder: Path, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "no-times.csv").write_text("score,actual\n0.5,1\n")
    (folder / "unusable.csv").write_text("timestamp,score,actual\n1700000000,high,1\n")
    told = invoke("backfill", "monitoring.yml", *options)
    assert told.exit_code == 1
    assert said in told.stderr


def test_without_a_past_it_says_how_to_look(tmp_path: Path, now: float) -> None:
    InProcess(tmp_path / "data", configured(tmp_path), at=now).close()
    told = invoke("backfill", tmp_path / "monitoring.yml", "--out", tmp_path / "x.om")
    assert told.exit_code == 0
    assert "Nothing is kept of that time; ml-exporter store info says how far the store reaches." in told.stdout
    assert (tmp_path / "x.om").read_text() == "# EOF\n"
