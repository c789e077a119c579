"""``ml-exporter export``: every bucket's metrics in Parquet, equal to what the joined rows give."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from sklearn.metrics import accuracy_score, roc_auc_score

from ml_exporter.config import Monitoring
from ml_exporter.pipeline import load_configuration
from tests.cli.commands import invoke
from tests.pipeline.in_process import InProcess, label, prediction

ROWS = 3000
WIDTH = 3600.0
_KINDS = ("predictions", "labels")

Rows = pl.DataFrame


def configured(folder: Path, **options: Any) -> Monitoring:
    values: dict[str, Any] = {
        "models": [{"name": "fraud", "task": "binary", "segments": ["country"]}],
        "feeds": [{"name": name, "kind": "file", "path": f"{name}.jsonl", "events": name} for name in _KINDS],
        **options,
    }
    file = folder / "monitoring.yml"
    file.write_text(yaml.safe_dump(values))
    return load_configuration(file)


def joined(now: float) -> Rows:
    """Make joined rows of the last day: predictions an hour before their labels, in two countries."""
    random = np.random.default_rng(11)
    told = np.sort(random.uniform(now - 86400, now - 600, ROWS))
    score = random.uniform(size=ROWS)
    return pl.DataFrame(
        {
            "id": [f"p{row}" for row in range(ROWS)],
            "told": told,
            "made": told - 3600,
            "score": score,
            "actual": (random.random(ROWS) < score).astype(int),
            "country": random.choice(["DE", "FR"], ROWS),
        }
    )


def taken_in(folder: Path, monitoring: Monitoring, rows: Rows, now: float) -> InProcess:
    """Let an exporter take the rows in; it keeps the store open, as one that runs."""
    engine = InProcess(folder / "data", monitoring, at=now)
    for part in rows.iter_slices(1000):
        engine.predict(
            *(
                prediction(
                    row["id"],
                    timestamp=row["made"],
                    prediction=None,
                    score=row["score"],
                    segment={"country": row["country"]},
                    latency_seconds=0.05,
                )
                for row in part.iter_rows(named=True)
            )
        )
        engine.label(*(label(row["id"], row["actual"], timestamp=row["told"]) for row in part.iter_rows(named=True)))
    engine.tick()
    return engine


def exported(folder: Path, *options: str) -> pl.DataFrame:
    told = invoke("export", folder / "monitoring.yml", "--out", folder / "out.parquet", *options)
    assert told.exit_code == 0, told.output
    table = pl.read_parquet(folder / "out.parquet")
    assert told.stdout == f"{folder / 'out.parquet'}: {len(table):,} rows\n"
    return table


@pytest.fixture(scope="module")
def now() -> float:
    """Return a time that lies in the past of whoever reads the store: nothing of it is still open."""
    return (time.time() - 86400) // 3600 * 3600 + 100


@pytest.fixture(scope="module")
def rows(now: float) -> Rows:
    return joined(now)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, rows: Rows, now: float) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("export")
    running = taken_in(folder, configured(folder), rows, now)
    yield folder
    running.close()


def of(table: pl.DataFrame, metric: str, country: str | None = None) -> dict[float, dict[str, Any]]:
    """Return the rows of one metric by their bucket's start."""
    segment = pl.col("segment_value").is_null() if country is None else pl.col("segment_value") == country
    found = table.filter(segment & (pl.col("metric") == metric)).iter_rows(named=True)
    return {row["start"].timestamp(): row for row in found}


def offline(rows: Rows, compute: Callable[[Rows], float], country: str | None = None) -> dict[float, float]:
    """Compute a metric of the rows of each hour by label time."""
    chosen = rows if country is None else rows.filter(country=country)
    by_hour = chosen.with_columns(hour=pl.col("told") // WIDTH * WIDTH).partition_by("hour", as_dict=True)
    return {float(str(hour)): compute(part) for (hour, *_), part in by_hour.items()}


@pytest.mark.parametrize("country", [None, "DE"])
def test_every_hour_has_the_metrics_of_its_rows(folder: Path, rows: Rows, country: str | None) -> None:
    table = exported(folder, "--width", "1h")
    accuracy = offline(rows, lambda part: float(accuracy_score(part["actual"], part["score"] >= 0.5)), country)
    found = of(table, "accuracy", country)
    assert {start: row["value"] for start, row in found.items()} == pytest.approx(accuracy)
    assert {start: row["n"] for start, row in found.items()} == offline(rows, lambda part: float(len(part)), country)
    assert all(row["lower"] <= row["value"] <= row["upper"] for row in found.values())
    auc = offline(rows, lambda part: float(roc_auc_score(part["actual"], part["score"])), country)
    found = of(table, "auc_roc", country)
    assert {start: row["value"] for start, row in found.items()} == pytest.approx(auc, abs=0.01)  # scores are binned


def test_counts_add_up_to_the_whole(folder: Path, rows: Rows) -> None:
    table = exported(folder)
    right = float(((rows["score"] >= 0.5) == (rows["actual"] == 1)).sum())
    for country in ("DE", "FR", None):
        own = of(table, "accuracy", country).values()
        own_rows = rows if country is None else rows.filter(country=country)
        assert sum(row["n"] for row in own) == len(own_rows)
    assert sum(row["counted"] for row in of(table, "accuracy").values()) == right
    assert all(row["counted"] is None for row in of(table, "log_loss").values())


def test_serving_metrics_are_dated_by_the_prediction(folder: Path, rows: Rows) -> None:
    found = of(exported(folder, "--width", "1h"), "error_rate")
    by_hour = rows.with_columns(hour=pl.col("made") // WIDTH * WIDTH).group_by("hour").len()
    assert {start: row["n"] for start, row in found.items()} == dict(by_hour.iter_rows())
    assert {row["value"] for row in found.values()} == {0.0}


def test_it_is_one_row_a_series_bucket_and_metric_with_plain_types(folder: Path) -> None:
    table = exported(folder)
    keys = ["model_name", "model_version", "segment_key", "segment_value", "start", "metric"]
    assert table.select(keys).is_duplicated().any() is False
    assert table.columns == [*keys[:5], "seconds", "metric", "value", "lower", "upper", "n", "counted"]
    assert table.schema["start"] == pl.Datetime("us", "UTC")
    assert table["value"].is_nan().any() is False
    assert table["lower"].is_nan().any() is False
    assert table.equals(table.sort(keys, nulls_last=False))


def test_a_part_of_the_time_can_be_taken(folder: Path, now: float) -> None:
    begin = (now - 6 * 3600) // 3600 * 3600
    since = datetime.fromtimestamp(begin, UTC).isoformat()
    part = exported(folder, "--since", since, "--until", f"{since[:19]}".replace("T", " "), "--width", "1h")
    assert len(part) == 0
    assert part.schema["start"] == pl.Datetime("us", "UTC")
    part = exported(folder, "--since", since, "--width", "1h")
    starts = sorted(set(part["start"].dt.timestamp("ms") / 1000))
    assert starts[0] == begin
    assert set(part["seconds"]) == {3600.0}


def test_outcomes_are_dated_as_windows_date_them(tmp_path: Path, rows: Rows, now: float) -> None:
    taken_in(tmp_path, configured(tmp_path, window_by="prediction"), rows, now).close()
    found = of(exported(tmp_path, "--width", "1h"), "accuracy")
    by_hour = rows.with_columns(hour=pl.col("made") // WIDTH * WIDTH).group_by("hour").len()
    assert {start: row["n"] for start, row in found.items()} == dict(by_hour.iter_rows())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "yesterday"], "yesterday is no time; write 2026-05-01T12:00:00Z, or how long ago, as in 7d"),
        (["--width", "7m"], "--width 7m: is no multiple of 300 seconds"),
        (["--width", "wide"], "--width 'wide' is no duration"),
        (["--out", "/proc/none/x.parquet"], "make its folder writable, or choose another --out"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, options: list[str], said: str) -> None:
    told = invoke("export", folder / "monitoring.yml", *options)
    assert told.exit_code == 1
    assert said in told.stderr


def test_without_a_store_and_with_another_meaning_it_says_so(tmp_path: Path, folder: Path) -> None:
    configured(tmp_path)
    assert "there is no store in" in invoke("export", tmp_path / "monitoring.yml").stderr
    text = (folder / "monitoring.yml").read_text().replace("task: binary", "task: regression")
    (folder / "other.yml").write_text(text)
    assert "the store keeps the model fraud with the task binary" in invoke("export", folder / "other.yml").stderr
