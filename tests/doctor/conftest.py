"""A patient, and whether he has a store."""

from pathlib import Path

import pytest

from tests.doctor.patient import Patient


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    return Patient(tmp_path)


@pytest.fixture(params=["before the first run", "with a store"])
def lived(request: pytest.FixtureRequest) -> bool:
    """Tell whether the exporter has run: what files show is found either way."""
    return bool(request.param == "with a store")
