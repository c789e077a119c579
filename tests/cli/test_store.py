"""``ml-exporter store``: what it says, and how it exits."""

from pathlib import Path

import pytest

from ml_exporter.ledger import SegmentedLedger
from tests.builders import label_rows, prediction_rows
from tests.cli.commands import invoke, written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    ledger = SegmentedLedger(tmp_path / "data")
    with ledger.transaction():
        ledger.add_predictions(prediction_rows([(f"{row}", 0, 1.7e9 + row) for row in range(1500)]))
        ledger.add_labels(label_rows([(f"{row}", "1", 1.7e9 + row) for row in range(500)]))
    ledger.flush()
    ledger.close()
    return written(tmp_path)


def test_info_says_what_the_store_holds(file: Path) -> None:
    said = invoke("store", "info", file)
    assert said.exit_code == 0
    assert "\npredictions-2\n  1,500 remembered, 1,000 of them wait for a label\n" in said.stdout
    assert "  from 2023-11-14 22:13 UTC to 2023-11-14 22:38 UTC\n" in said.stdout
    assert "\nlabels\n  500 remembered, 0 of them have met no prediction\n" in said.stdout


def test_verify_says_that_all_is_well_or_exits_with_1(file: Path) -> None:
    said = invoke("store", "verify", file)
    assert said.exit_code == 0
    assert "is whole: 1,500 predictions, 500 labels." in said.stdout
    segment = next((file.parent / "data" / "segments").iterdir())
    content = bytearray(segment.read_bytes())
    content[200:300] = bytes(100)
    segment.write_bytes(content)
    said = invoke("store", "verify", file)
    assert said.exit_code == 1
    assert f"ml-exporter: the segment {segment} is damaged" in said.stderr
    assert "restore a backup (ml-exporter store restore)" in said.stderr


def test_a_backup_is_made_beside_a_running_exporter_and_restored_when_it_has_stopped(
    file: Path, tmp_path: Path
) -> None:
    ledger = SegmentedLedger(tmp_path / "data")
    said = invoke("store", "backup", file, tmp_path / "copy")
    assert said.exit_code == 0
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {"ledger.sqlite", "segments"}
    assert said.stdout == (f"{tmp_path / 'copy'} is a backup of {tmp_path / 'data'}: 1,500 predictions, 500 labels.\n")
    refused = invoke("store", "restore", file, tmp_path / "copy")
    assert refused.exit_code == 1
    assert "locked by another exporter" in refused.stderr
    with ledger.transaction():
        ledger.expire_predictions(0, 2e9)
    ledger.close()
    restored = invoke("store", "restore", file, tmp_path / "copy")
    assert restored.exit_code == 0
    assert "is restored from" in restored.stdout
    assert "What was there before is in" in restored.stdout
    assert "1,500 predictions, 500 labels" in invoke("store", "verify", file).stdout


@pytest.mark.parametrize("command", [["info"], ["verify"], ["backup", "there"], ["restore", "there"]])
def test_without_a_store_each_command_says_so(command: list[str], tmp_path: Path) -> None:
    name, *path = command
    said = invoke("store", name, written(tmp_path), *[tmp_path / one for one in path])
    assert said.exit_code == 1
    assert "there is no store in" in said.stderr
