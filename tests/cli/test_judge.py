"""``ml-exporter judge``: a stored series under the detectors."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from ml_exporter.cli import build

BEGIN = 1_700_006_400


def judge(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["judge", *arguments], env={"COLUMNS": "120"})


def series(falls_to: float, *, counts: bool = True) -> pl.DataFrame:
    """Make 40 days of hourly accuracy that falls after 30."""
    random = np.random.default_rng(1)
    accuracy = np.where(np.arange(960) < 720, 0.92, falls_to)
    frame = pl.DataFrame(
        {"timestamp": BEGIN + 3600 * np.arange(960), "value": random.binomial(200, accuracy) / 200, "n": [200] * 960}
    )
    return frame if counts else frame.drop("n")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("counts", [True, False])
def test_a_fall_is_told_with_the_day_of_the_change(tmp_path: Path, ending: str, counts: bool) -> None:
    file = tmp_path / f"accuracy.{ending}"
    frame = series(0.86, counts=counts)
    (frame.write_csv if ending == "csv" else frame.write_parquet)(file)
    told = judge(str(file), "--baseline", "20d")
    assert told.exit_code == 0
    paged = [line for line in told.output.splitlines() if "not yet" in line]
    assert len(paged) == 1
    assert "2023-12-1" in paged[0]
    assert "Change points of the whole series (PELT): 2023-12-15 00:00" in told.output
    assert "majority_vote" in told.output


def test_a_healthy_series_would_not_have_paged(tmp_path: Path) -> None:
    series(0.92).write_csv(tmp_path / "accuracy.csv")
    told = judge(str(tmp_path / "accuracy.csv"))
    assert "Nothing would have paged." in told.output
    assert "PELT): none" in told.output


def test_an_improvement_would_not_have_paged(tmp_path: Path) -> None:
    series(0.97).write_csv(tmp_path / "accuracy.csv")
    assert "Nothing would have paged." in judge(str(tmp_path / "accuracy.csv")).output


def test_the_same_rise_of_an_error_rate_would_have(tmp_path: Path) -> None:
    series(0.97).write_csv(tmp_path / "errors.csv")
    assert "Nothing would have paged." not in judge(str(tmp_path / "errors.csv"), "--metric", "error_rate").output


def test_times_may_be_texts(tmp_path: Path) -> None:
    frame = series(0.86).with_columns(pl.from_epoch("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    frame.write_csv(tmp_path / "accuracy.csv")
    assert "2023-12-15 00:00" in judge(str(tmp_path / "accuracy.csv"), "--no-picture").output


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("timestamp,value\n1,0.5\n", [], "holds 1 points; a series needs at least two"),
        ("time,value\n1,0.5\n", [], "has no column timestamp (it has time, value); rename or add it"),
        ("timestamp,value\nyesterday,0.5\ntoday,0.6\n", [], "timestamp is neither seconds since the epoch nor RFC"),
        ("timestamp,value\n1,high\n2,low\n", [], "value and n must be numbers"),
        ("timestamp,value\n1,0.5\n2,0.5\n", [], "too little to know what is normal"),
        ("timestamp,value\n1,0.5\n2,0.5\n", ["--metric", "beauty"], "no such metric"),
        ("timestamp,value\n1,0.5\n2,0.5\n", ["--metric", "prevalence"], "has no better direction"),
        ("timestamp,value\n1,0.5\n2,0.5\n", ["--baseline", "5 parsecs"], "--baseline '5 parsecs' is no duration"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_reason(
    tmp_path: Path, content: str, arguments: list[str], message: str
) -> None:
    file = tmp_path / "series.csv"
    file.write_text(content)
    told = judge(str(file), *arguments)
    assert told.exit_code == 1
    assert message in told.output


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = judge(str(tmp_path / "nothing.csv"))
    assert told.exit_code == 1
    assert "nothing.csv cannot be read" in told.output
