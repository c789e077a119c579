"""The commands that look into a store, beside an exporter that runs and goes on writing."""

import json
import signal
from pathlib import Path

import polars as pl

from tests.cli.commands import invoke
from tests.doctor.patient import ROWS, Patient
from tests.pipeline.process import ExporterProcess


def test_doctor_export_and_backfill_look_while_it_writes_on(tmp_path: Path) -> None:
    patient, file = Patient(tmp_path), tmp_path / "monitoring.yml"
    patient.change(patient.predictions, lambda event: {"timestamp": event["timestamp"] - 600})
    patient.change(patient.labels, lambda event: {"timestamp": event["timestamp"] - 600})
    patient.write()
    exporter = ExporterProcess(tmp_path, {**patient.configuration, "tick": "1s"})
    exporter.start()
    try:
        exporter.metrics_once(2 * ROWS)
        well = invoke("doctor", file)
        assert (well.exit_code, well.stderr) == (0, ""), well.stdout
        with (tmp_path / "labels-1.jsonl").open("a") as labels:
            for row in range(50):
                event = {"prediction_id": f"R-{row}", "timestamp": patient.now, "actual": 1}
                labels.write(json.dumps(event) + "\n")
        exporter.metrics_once(2 * ROWS + 50)
        assert invoke("export", file, "--out", tmp_path / "out.parquet").exit_code == 0
        accuracy = pl.read_parquet(tmp_path / "out.parquet").filter(metric="accuracy")
        assert 0 < accuracy["n"].sum() <= ROWS  # the bucket that is still open is left out
        assert invoke("backfill", file, "--out", tmp_path / "history.om", "--since", "1h").exit_code == 0
        assert "ml_accuracy_ratio{" in (tmp_path / "history.om").read_text()
        ill = invoke("doctor", file, columns=200)
        assert ill.exit_code == 1
        assert "50 of them would match but for upper and lower case." in ill.stdout
        assert exporter.metrics() is not None
        assert exporter.end(signal.SIGTERM) == 0
    finally:
        exporter.abandon()
