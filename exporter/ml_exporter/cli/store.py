"""``ml-exporter store info | verify | backup | restore``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.ledger import Information, LaneInformation, StoreError, back_up, inspect, restore, verify

Backup = Annotated[Path, typer.Argument(metavar="PATH", help="The folder of the backup.")]


def register(application: typer.Typer) -> None:
    """Add the commands."""
    stores = typer.Typer(help="What the exporter keeps on disk: look at it, check it, copy it.", no_args_is_help=True)
    application.add_typer(stores, name="store")

    @stores.command()
    def info(file: ConfigurationFile) -> None:
        """Say what the store holds, and what it takes. The exporter may run."""
        store = _store_of(file)
        try:
            _print(store, inspect(store))
        except StoreError as error:
            fail(str(error))

    @stores.command(name="verify")
    def verify_store(file: ConfigurationFile) -> None:
        """Read everything in the store and compare it with its checksums. The exporter may run.

        Exits with 1 where anything is damaged, and says what and what to do.
        """
        store = _store_of(file)
        try:
            held = verify(store)
        except StoreError as error:
            fail(str(error))
        typer.echo(f"The store {store} is whole: {_rows(held)}.")

    @stores.command()
    def backup(file: ConfigurationFile, path: Backup) -> None:
        """Copy the store, as it is at one moment, into a new folder, and verify the copy. The exporter may run."""
        store = _store_of(file)
        try:
            held = back_up(store, path)
        except StoreError as error:
            fail(str(error))
        typer.echo(f"{path} is a backup of {store}: {_rows(held)}.")

    @stores.command(name="restore")
    def restore_store(file: ConfigurationFile, path: Backup) -> None:
        """Put a backup in the place of the store. The exporter must not run; what was there is kept beside it.

        Feeds go on from where they stood when the backup was made: what came since is read again, as far as it is
        still there.
        """
        store = _store_of(file)
        try:
            held, aside = restore(path, store)
        except StoreError as error:
            fail(str(error))
        typer.echo(f"{store} is restored from {path}: {_rows(held)}.")
        if aside is not None:
            typer.echo(f"What was there before is in {aside}; delete it when it is not needed.")


def _store_of(file: Path) -> Path:
    return file.resolve().parent / read_configuration(file).store.path


def _rows(held: Information) -> str:
    predictions = sum(lane.remembered for lane in held.lanes if not lane.is_labels)
    labels = sum(lane.remembered for lane in held.lanes if lane.is_labels)
    return f"{predictions:,} predictions, {labels:,} labels"


def _print(store: Path, held: Information) -> None:
    whole = held.database_bytes + sum(lane.segment_bytes for lane in held.lanes)
    typer.echo(f"{store}: {_size(whole)}, of it ledger.sqlite {_size(held.database_bytes)}")
    for lane in held.lanes:
        typer.echo(f"\n{lane.name}\n  " + "\n  ".join(_lines(lane)))
    typer.echo(f"\nstate by name: {held.names:,}, {_size(held.names_bytes)}")
    typer.echo(f"predictions of which more than one word was said: {held.contested:,}")


def _lines(lane: LaneInformation) -> list[str]:
    waiting = "have met no prediction" if lane.is_labels else "wait for a label"
    lines = [f"{lane.remembered:,} remembered, {lane.waiting:,} of them {waiting}"]
    if lane.oldest is not None and lane.newest is not None:
        lines.append(f"from {_time(lane.oldest)} to {_time(lane.newest)}")
    if lane.segments:
        a_row = lane.segment_bytes / lane.segment_rows
        lines.append(f"{lane.segments:,} segments: {_size(lane.segment_bytes)}, {a_row:.1f} bytes a row")
    lines.append(f"{lane.journal_rows:,} in no segment yet")
    return lines


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _size(count: float) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
