"""A store copied as it is at one moment, while its exporter runs; and such a copy put in its place."""

import os
import shutil
import sqlite3
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

from ml_exporter.ledger.interface import StoreError
from ml_exporter.ledger.lock import StoreLock
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.inspection import Information, verify
from ml_exporter.ledger.segmented.layout import DATABASE, RESTORING, SEGMENTS
from ml_exporter.ledger.segmented.remedies import FULL

_ATTEMPTS = 10
"""Segments may be merged between the copy of the database and that of the files; then both are copied again."""


def back_up(folder: Path, target: Path) -> Information:
    """Copy a store as it is at one moment, and verify the copy. Its exporter may run.

    Args:
        folder: of the store.
        target: a folder that does not exist, or is empty.

    Returns:
        What the copy holds.

    Raises:
        StoreError: there is no store, it is damaged, or the copy cannot be written.
    """
    target = target.absolute()
    if not (folder / DATABASE).exists():
        raise StoreError(f"there is no store in {folder}; has the exporter run with this configuration?")
    partial = target.with_name(target.name + ".partial")
    try:
        if target.exists() and any(target.iterdir()):
            raise StoreError(f"{target} is not empty; name a folder that does not exist yet")
        shutil.rmtree(partial, ignore_errors=True)
        for _ in range(_ATTEMPTS):
            partial.mkdir(parents=True)
            if _copied(folder, partial):
                held = verify(partial)
                Database(partial / DATABASE).close()  # which takes the files of SQLite's log away
                partial.replace(target)
                return held
            shutil.rmtree(partial)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the copy {target} could not be written ({error}); {FULL}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    raise StoreError(f"the store {folder} changes too fast to be copied; try again when there is less to do")


def _copied(folder: Path, target: Path) -> bool:
    """Copy the database, then the segments that it names; tell whether all of them were still there."""
    _copy_database(folder, target)
    (target / SEGMENTS).mkdir()
    names = _segments_of(target)
    with ExitStack() as stack:
        try:
            files = [stack.enter_context((folder / SEGMENTS / name).open("rb")) for name in names]
        except FileNotFoundError:
            return False
        for file, name in zip(files, names, strict=True):  # they stay readable even if they are deleted meanwhile
            _copy_file(file, target / SEGMENTS / name)
    return True


def _copy_database(folder: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{(folder / DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target / DATABASE)) as copy,
    ):
        source.backup(copy)


def _copy_file(file: BinaryIO, target: Path) -> None:
    with target.open("xb") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())


def _segments_of(folder: Path) -> list[str]:
    database = Database(folder / DATABASE)
    try:
        return [fact.file for lane in database.read_facts().lanes.values() for fact in lane.segments]
    finally:
        database.close()


def restore(backup: Path, folder: Path) -> tuple[Information, Path | None]:
    """Put a copy in the place of a store; what was there is kept beside it.

    Args:
        backup: a folder that ``back_up`` has made.
        folder: of the store; no exporter may own it.

    Returns:
        What the store holds now, and where that is which was there before.

    Raises:
        StoreError: the copy is none, or damaged; an exporter runs; the store cannot be written.
    """
    verify(backup)
    lock = StoreLock(folder)
    try:
        coming = folder / RESTORING
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir()
        _copied(backup, coming)
        held = verify(coming)
        aside = _moved_aside(folder)
        (coming / SEGMENTS).rename(folder / SEGMENTS)
        (coming / DATABASE).rename(folder / DATABASE)
        shutil.rmtree(coming)
        return held, aside
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the store {folder} could not be written ({error}); {FULL}") from None
    finally:
        lock.release()


def _moved_aside(folder: Path) -> Path | None:
    """Move what a store is made of into a folder within it; the lock and dead letters stay."""
    parts = [*folder.glob(f"{DATABASE}*"), *folder.glob(SEGMENTS)]
    if not parts:
        return None
    aside = Path(mkdtemp(prefix=f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-", dir=folder))
    for part in parts:
        part.rename(aside / part.name)
    return aside
