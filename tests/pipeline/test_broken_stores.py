"""Stores that break, seen from outside: a clear last line with the remedy, an exit code, and never a wrong number."""

import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ml_exporter.ledger import SegmentedLedger
from tests.cli.commands import run
from tests.pipeline.offline import OfflineJoin
from tests.pipeline.process import ExporterProcess, exporter
from tests.pipeline.small_disk import free, read_only, small_disk
from tests.pipeline.test_kill import CONFIGURATION
from tests.pipeline.writer import Writer
from tests.stack.waiting import eventually

MEGABYTE = 1 << 20
REMEDY = "restore a backup (ml-exporter store restore), or move the store's folder away and start anew"


class Scene:
    """Files of events, what they hold joined offline, and an exporter over them."""

    def __init__(self, folder: Path, process: ExporterProcess) -> None:
        (folder / "feed").mkdir()
        self.folder = folder
        self.process = process
        self.offline = OfflineJoin({"fraud": ["country"]})
        self.writer = Writer(folder / "feed", Random(7), self.offline)

    @property
    def store(self) -> Path:
        return self.folder / "data"

    def write(self, count: int) -> None:
        self.writer.append(count)
        self.writer.finish()

    def agrees(self) -> None:
        """Wait until all is read, and compare /metrics with the plain join."""
        self.offline.compare(self.process.metrics_once(len(self.writer.written)))

    def live_once(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Start the exporter, let it read all, and end it."""
        self.process.start()
        self.agrees()
        self.process.end(number)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with exporter(tmp_path, CONFIGURATION) as process:
        yield Scene(tmp_path, process)
    assert "Traceback" not in process.log()


def with_segments(store: Path) -> list[Path]:
    """Put all rows of a store into segments, as they would be after some time; return the files."""
    ledger = SegmentedLedger(store)
    ledger.flush()
    ledger.close()
    return sorted((store / "segments").iterdir())


def damage(file: Path) -> None:
    """Flip a bit in each page of a file."""
    content = bytearray(file.read_bytes())
    for place in range(1000, len(content), 4096):
        content[place] ^= 4
    file.write_bytes(content)


def test_a_damaged_segment_is_named_and_a_restored_backup_goes_on_to_the_right_numbers(scene: Scene) -> None:
    scene.write(500)
    scene.live_once()
    predictions = next(file for file in with_segments(scene.store) if file.name.startswith("predictions"))
    backup = run("store", "backup", "monitoring.yml", "backup", folder=scene.folder)
    assert backup.returncode == 0, backup.stderr
    damage(predictions)
    scene.write(200)
    said = scene.process.refusal()
    assert f"the segment {predictions} " in said
    assert REMEDY in said
    restored = run("store", "restore", "monitoring.yml", "backup", folder=scene.folder)
    assert restored.returncode == 0, restored.stderr
    scene.live_once()


def test_a_damaged_database_is_named_and_a_store_moved_away_is_made_anew_from_the_files(scene: Scene) -> None:
    scene.write(500)
    scene.live_once()
    with_segments(scene.store)
    damage(scene.store / "ledger.sqlite")
    said = scene.process.refusal()
    assert f"the store {scene.store / 'ledger.sqlite'} is damaged" in said
    assert REMEDY in said
    scene.store.rename(scene.folder / "moved-away")
    scene.live_once()


def test_what_a_log_held_that_is_cut_off_is_read_again_from_the_files(scene: Scene) -> None:
    scene.write(500)
    scene.live_once()
    scene.write(300)
    scene.live_once(signal.SIGKILL)
    log = scene.store / "ledger.sqlite-wal"
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    scene.write(100)
    scene.live_once()


def test_a_full_disk_is_told_nothing_wrong_is_shown_and_with_room_it_goes_on_by_itself(scene: Scene) -> None:
    scene.process.within = small_disk(scene.store, size=48 * MEGABYTE, filled=46 * MEGABYTE)
    scene.write(100)
    scene.process.start()
    scene.agrees()
    before = scene.offline.counters()
    scene.write(4000)
    eventually(lambda: "store failed" in scene.process.log(), "the disk is full")
    shown, after = scene.process.metrics(), scene.offline.counters()
    assert shown is not None
    for name in ("ml_predictions_total", "ml_labels_total", "ml_exporter_feed_events_total"):
        for series, value in shown.all(name).items():
            assert before[series] <= value <= after[series]
    free(scene.process.number, scene.store)
    scene.agrees()
    (first, *_) = [line for line in scene.process.log().splitlines() if "store failed" in line]
    assert "(database or disk is full); check free space and permissions of its folder" in first
    assert scene.process.end(signal.SIGTERM) == 0


def test_a_disk_that_is_full_at_the_start(scene: Scene) -> None:
    scene.process.within = small_disk(scene.store, size=MEGABYTE, filled=MEGABYTE)
    said = scene.process.refusal()
    assert f"the store {scene.store / 'ledger.sqlite'} cannot be opened" in said
    assert "check free space and permissions of its folder" in said


def test_a_store_that_can_be_read_only(scene: Scene) -> None:
    scene.process.within = read_only(scene.store)
    said = scene.process.refusal()
    assert f"the store {scene.store} cannot be written (Read-only file system)" in said
    assert "make the folder writable for this user, or set store.path to one that is" in said
