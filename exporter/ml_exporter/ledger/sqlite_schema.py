"""The tables of the SQLite store, and whether a file is one that this version can read."""

import sqlite3
from pathlib import Path

from ml_exporter.ledger.interface import StoreError

APPLICATION_ID = 0x4D4C4558  # "MLEX"
SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE predictions (
    prediction_id TEXT NOT NULL,
    series INTEGER NOT NULL,      -- the overall series: a model's version
    model INTEGER NOT NULL,
    timestamp REAL NOT NULL,
    slices BLOB NOT NULL,         -- codes of all its series, int32
    payload BLOB NOT NULL,        -- what was predicted, float64
    actual TEXT,                  -- the standing word, NULL while pending
    value REAL,                   -- its business value, NULL for none
    label_time REAL,
    said REAL,                    -- when it was last said
    assumed INTEGER,              -- 1: concluded from silence
    PRIMARY KEY (prediction_id, series)
) WITHOUT ROWID;
CREATE INDEX predictions_by_age ON predictions (model, timestamp);
CREATE TABLE labels (
    sequence INTEGER PRIMARY KEY, -- order of arrival: the first label stands
    prediction_id TEXT NOT NULL,
    model INTEGER NOT NULL,       -- -1: any
    actual TEXT NOT NULL,
    value REAL,
    timestamp REAL NOT NULL,
    matched INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX labels_by_id ON labels (prediction_id);
CREATE INDEX labels_by_age ON labels (timestamp);
CREATE INDEX labels_unmatched ON labels (sequence) WHERE matched = 0;
CREATE TABLE forgotten (labels_before REAL NOT NULL); -- one row: judgements with older labels are final
INSERT INTO forgotten VALUES (-1e999);
CREATE TABLE state (name TEXT PRIMARY KEY, content BLOB NOT NULL);
"""

_TEMPORARY = """
CREATE TEMP TABLE new_predictions (
    position INTEGER PRIMARY KEY, prediction_id TEXT, series INTEGER, model INTEGER, timestamp REAL,
    slices BLOB, payload BLOB, accepted INTEGER NOT NULL DEFAULT 0
);
CREATE TEMP TABLE new_labels (prediction_id TEXT);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open the store's file, or make it.

    Raises:
        StoreError: it cannot be opened, is no store, is damaged, or was written by a newer version.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        _prepare(connection, path)
        connection.executescript(_TEMPORARY)
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"the store {path} cannot be opened ({error}); where it is damaged, move it away and start anew: feeds that"
            " can be read again are read from the beginning"
        ) from None
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        connection.executescript(
            f"BEGIN;{_TABLES}PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={SCHEMA_VERSION};COMMIT;"
        )
    elif application != APPLICATION_ID:
        connection.close()
        raise StoreError(f"{path} is a SQLite file of another program; set store.path to a folder of its own")
    elif version > SCHEMA_VERSION:
        connection.close()
        raise StoreError(
            f"the store {path} was written by a newer version (format {version}, this one reads {SCHEMA_VERSION});"
            " upgrade ml-exporter, or set store.path to a new folder"
        )
