"""The SQLite file of a segmented store: its tables, and whether a file is one that this version can read."""

import sqlite3
from pathlib import Path

from ml_exporter.ledger.interface import DamagedStore, StoreError
from ml_exporter.ledger.segmented.facts import Facts
from ml_exporter.ledger.segmented.hashing import checksum
from ml_exporter.ledger.segmented.remedies import DAMAGED

APPLICATION_ID = 0x4D4C4558  # "MLEX"
FORMAT = 3
"""Format 1 is the plain ledger's; 2 had wider sums."""

_PAGE_BYTES = 16_384
_CHECKPOINT_PAGES = 1024

_TABLES = """
CREATE TABLE facts (             -- one row: see facts.py
    id INTEGER PRIMARY KEY CHECK (id = 0), content BLOB NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE batches (           -- rows that are in no segment yet
    lane TEXT NOT NULL, first INTEGER NOT NULL, content BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (lane, first)
);
CREATE TABLE flags (             -- what has become of rows, in blocks of sequence numbers
    lane TEXT NOT NULL, block INTEGER NOT NULL, content BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (lane, block)
);
CREATE TABLE changes (           -- of flags since the blocks were written
    number INTEGER PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE standings (         -- of predictions that more than one word was said of
    lane TEXT NOT NULL, sequence INTEGER NOT NULL, content BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (lane, sequence)
) WITHOUT ROWID;
CREATE TABLE state (             -- what the ledger's users keep by name
    name TEXT PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file of a store, or make it.

    Raises:
        StoreError: it is no store, is damaged, or has another format.
        sqlite3.DatabaseError: it cannot be opened.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def look(path: Path) -> sqlite3.Connection:
    """Open the file of a store to read only, as it is now, whatever its owner writes meanwhile.

    Raises:
        StoreError: there is none, it is damaged, or has another format.
        sqlite3.DatabaseError: it cannot be opened.
    """
    if not path.exists():
        raise StoreError(f"there is no store in {path.parent}; has the exporter run with this configuration?")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)
    try:
        connection.execute("BEGIN")
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        connection.execute("BEGIN")
        for statement in _TABLES.split(";")[:-1]:
            connection.execute(statement)
        facts = Facts().to_bytes()
        connection.execute("INSERT INTO facts VALUES (0, ?, ?)", (facts, checksum(facts, "facts", 0)))
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.execute("COMMIT")
    else:
        _check(connection, path)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise StoreError(f"{path} is a SQLite file of another program; set store.path to a folder of its own")
    if version > FORMAT:
        raise StoreError(
            f"the store {path} was written by a newer version (format {version}, this one reads {FORMAT});"
            " upgrade ml-exporter, or set store.path to a new folder"
        )
    if version < FORMAT:
        raise StoreError(
            f"the store {path} has an older format ({version}, this one reads {FORMAT}); set store.path to a new"
            " folder: feeds that can be read again are read from the beginning"
        )
    (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if answer != "ok":
        said = " ".join(answer.split())  # SQLite may answer in several lines
        raise DamagedStore(f"the store {path} is damaged ({said}); {DAMAGED}")
