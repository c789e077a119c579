"""Looking into a store that another process owns: what its users keep by name, as of the last transaction."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ml_exporter.ledger.interface import StoreError


def read_state(folder: Path, prefix: str) -> dict[str, bytes]:
    """Return everything that was written under names with a prefix, without the lock; nothing is changed.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    files = sorted(folder.glob("*.sqlite"))
    if not files:
        raise StoreError(f"there is no store in {folder}; has the exporter run with this configuration?")
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    try:
        with closing(sqlite3.connect(f"{files[0].absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as database:
            rows = database.execute("SELECT name, content FROM state WHERE name >= ? AND name < ?", (prefix, after))
            return {name: bytes(content) for name, content in rows}
    except sqlite3.Error as error:
        raise StoreError(f"the store {files[0]} cannot be read ({error}); let this user read it") from None
