"""Reference files: baselines are learnt from a healthy time that the exporter has not seen."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml_exporter.clock import ManualClock
from ml_exporter.detectors.degradation import Degradation
from ml_exporter.ledger import SqliteLedger
from ml_exporter.pipeline import Engine, UnusableReference
from ml_exporter.pipeline.reference import load_references
from tests.pipeline.in_process import NOW, InProcess, label, monitoring, prediction

ROWS = 4000


def healthy(**more: Any) -> pl.DataFrame:
    """Make rows that are right nine times of ten."""
    random = np.random.default_rng(0)
    actual = (random.random(ROWS) < 0.5).astype(int)
    right = random.random(ROWS) < 0.9
    return pl.DataFrame({"prediction": np.where(right, actual, 1 - actual), "actual": actual, **more})


def judged(folder: Path, file: str) -> Degradation:
    """Return what is said of the accuracy of a model with a reference, at its first tick."""
    model = {"name": "fraud", "task": "binary", "baseline": {"reference": file}}
    configuration = monitoring(model)
    exporter = InProcess(folder / "store", configuration)
    references = load_references(configuration, folder, ManualClock(NOW))
    exporter.engine = Engine(configuration, exporter.ledger, references)
    exporter.predict(prediction("p1"))
    exporter.label(label("p1"))
    said = [one for one in exporter.snapshot().observation.degradations if one.metric == "accuracy"]
    exporter.close()
    return said[0]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_baseline_is_that_of_the_reference(tmp_path: Path, ending: str) -> None:
    rows = healthy(timestamp=NOW - 86400 * 400 + np.arange(ROWS) * 60.0)
    (rows.write_csv if ending == "csv" else rows.write_parquet)(tmp_path / f"reference.{ending}")
    baseline = judged(tmp_path, f"reference.{ending}").baseline
    assert baseline is not None
    assert baseline.ready
    assert baseline.outcomes == ROWS
    assert baseline.mean == pytest.approx((rows["prediction"] == rows["actual"]).mean(), rel=1e-12)


def test_rows_need_neither_id_nor_time_nor_model(tmp_path: Path) -> None:
    healthy().write_csv(tmp_path / "reference.csv")
    baseline = judged(tmp_path, "reference.csv").baseline
    assert baseline is not None
    assert baseline.mean == pytest.approx(0.9, abs=0.02)
    assert baseline.std > 0


def test_names_of_models_and_versions_in_it_do_not_matter(tmp_path: Path) -> None:
    healthy(model_name=["other"] * ROWS, model_version=[f"v{row % 3}" for row in range(ROWS)]).write_csv(
        tmp_path / "reference.csv"
    )
    baseline = judged(tmp_path, "reference.csv").baseline
    assert baseline is not None
    assert baseline.outcomes == ROWS


def test_rows_that_cannot_be_used_are_told_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rows = healthy()
    rows = rows.with_columns(actual=pl.when(pl.int_range(pl.len()) < 5).then(7).otherwise(pl.col("actual")))
    rows.write_csv(tmp_path / "reference.csv")
    baseline = judged(tmp_path, "reference.csv").baseline
    assert baseline is not None
    assert baseline.outcomes == ROWS - 5
    told = capsys.readouterr().out + caplog.text  # the one or the other, as logs were set up before
    assert told.count("joined row rejected") == 3
    assert "rejected=5" in told or "'rejected': 5" in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "reference.csv cannot be read"),
        ("a,b\n1,2\n", "holds no row that can be used"),
    ],
)
def test_a_reference_that_cannot_be_used_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "reference.csv").write_text(content)
    configuration = monitoring({"name": "fraud", "task": "binary", "baseline": {"reference": "reference.csv"}})
    with pytest.raises(UnusableReference, match=message):
        load_references(configuration, tmp_path, ManualClock(NOW))


def test_a_model_without_a_reference_has_none(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path)
    assert load_references(monitoring(), tmp_path, ManualClock(NOW)) == {}
    assert Engine(monitoring(), ledger).reference("fraud") is None
    ledger.close()
