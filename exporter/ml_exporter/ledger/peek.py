"""Looking into a store that another process owns: what its users keep by name, as of the last transaction."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ml_exporter.ledger.interface import StoreError


def read_state(folder: Path, prefix: str) -> dict[str, bytes]:
    """Return everything that was written under names with a prefix, without the lock; nothing is changed.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    return read_states(folder, [prefix])


def read_states(folder: Path, prefixes: Sequence[str]) -> dict[str, bytes]:
    """Return everything that was written under names with one of some prefixes, all of it as of one moment.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    files = sorted(folder.glob("*.sqlite"))
    if not files:
        raise StoreError(f"there is no store in {folder}; has the exporter run with this configuration?")
    ranges = [(prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)) for prefix in prefixes]
    try:
        with closing(sqlite3.connect(f"{files[0].absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as database:
            database.execute("BEGIN")
            return {
                name: bytes(content)
                for bounds in ranges
                for name, content in database.execute(
                    "SELECT name, content FROM state WHERE name >= ? AND name < ?", bounds
                )
            }
    except sqlite3.Error as error:
        raise StoreError(f"the store {files[0]} cannot be read ({error}); let this user read it") from None
