"""Files of every format are looked into."""

from pathlib import Path

import pytest

from tests.doctor.patient import ROWS, Patient
from tests.feeds.formats.writing import FILES


@pytest.mark.parametrize("ending", FILES)
@pytest.mark.parametrize("ill", [False, True])
def test_ids_are_compared_whatever_the_files_are(patient: Patient, ending: str, *, ill: bool) -> None:
    for row in range(ROWS if ill else 0):
        patient.labels[row]["prediction_id"] = f"R-{row}"
    patient.configuration["feeds"][0]["path"], patient.configuration["feeds"][1]["path"] = "predictions-*", "labels-*"
    patient.write()
    for name, events in (("predictions", patient.predictions), ("labels", patient.labels)):
        (patient.folder / f"{name}-1.jsonl").unlink()
        parts = range(1 if ending == "parquet" else 2)
        for part in parts:
            own = events[part :: len(parts)]
            (patient.folder / f"{name}-{part}.{ending}").write_bytes(FILES[ending](own))
    said = patient.examined()
    assert ("upper and lower case" in said) == ill, said
    assert said.endswith("\nNothing found.\n") != ill


def test_a_file_that_cannot_be_read_is_said(patient: Patient, tmp_path: Path) -> None:
    patient.configuration["feeds"][1]["path"] = "labels-*"
    patient.write()
    (tmp_path / "labels-1.jsonl").rename(tmp_path / "labels-1.csv")
    assert "labels-1.csv begins with" in patient.examined()
