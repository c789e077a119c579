"""``ml-exporter baseline``: over a store at rest, and beside a running exporter."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ml_exporter.cli import build
from tests.pipeline.in_process import label, prediction
from tests.pipeline.process import ExporterProcess
from tests.stack.waiting import eventually

OUTCOMES = 3000


def configuration() -> dict[str, Any]:
    kinds = ("predictions", "labels")
    return {
        "models": [{"name": "fraud", "task": "binary", "baseline": {"period": "2h"}}],
        "feeds": [{"name": name, "kind": "file", "path": f"{name}.jsonl", "events": name} for name in kinds],
        "tick": "1s",
        "detection": {"recover_for": "5m"},
    }


def baseline(folder: Path, *arguments: str) -> Result:
    command = ["baseline", arguments[0], str(folder / "monitoring.yml"), *arguments[1:]]
    return CliRunner().invoke(build(), command, env={"COLUMNS": "200"})


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[ExporterProcess]:
    """Run an exporter that has learnt from an hour."""
    now = time.time()
    times = [now - 3600 + row * 3300 / OUTCOMES for row in range(OUTCOMES)]
    predictions = [prediction(f"p{row}", timestamp=at) for row, at in enumerate(times)]
    labels = [label(f"p{row}", int(row % 10 > 0), timestamp=at) for row, at in enumerate(times)]
    for name, events in (("predictions", predictions), ("labels", labels)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    running = ExporterProcess(tmp_path, configuration())
    running.start()
    eventually(lambda: "fraud" in baseline(tmp_path, "show").output, "the baseline is learnt", seconds=30)
    yield running
    running.abandon()


def test_they_are_shown_frozen_and_reset_beside_a_running_exporter(exporter: ExporterProcess, tmp_path: Path) -> None:
    shown = baseline(tmp_path, "show", "--metric", "accuracy").output
    assert "provisional" in shown
    assert "0.9" in shown
    assert "precision" not in shown

    frozen = baseline(tmp_path, "freeze", "--model", "fraud", "--metric", "accuracy")
    assert frozen.exit_code == 0, frozen.output
    assert "frozen" in baseline(tmp_path, "show", "--metric", "accuracy").output
    assert "frozen by command" in baseline(tmp_path, "show", "--history").output

    reset = baseline(tmp_path, "reset", "--model", "fraud", "--since", "2099-01-01T00:00:00Z")
    assert reset.exit_code == 0, reset.output
    assert "No baseline yet" in baseline(tmp_path, "show").output
    assert "baselines changed" in exporter.log()


def test_they_are_changed_in_the_store_where_no_exporter_runs(exporter: ExporterProcess, tmp_path: Path) -> None:
    exporter.abandon()
    frozen = baseline(tmp_path, "freeze", "--model", "fraud")
    assert frozen.exit_code == 0
    assert frozen.output.startswith("freeze: ")
    again = baseline(tmp_path, "freeze", "--model", "fraud")
    assert again.exit_code == 1
    assert "no baseline fits" in again.output
    assert "frozen" in baseline(tmp_path, "show").output


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    ExporterProcess(tmp_path, configuration())
    assert "there is no store in" in baseline(tmp_path, "show").output
    unknown = baseline(tmp_path, "reset", "--model", "churn")
    assert unknown.exit_code == 1
    assert "--model churn: no such model; choose from fraud" in unknown.output
    assert "is no time; write RFC 3339" in baseline(tmp_path, "reset", "--model", "fraud", "--since", "x").output
