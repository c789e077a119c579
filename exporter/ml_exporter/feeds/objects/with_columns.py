"""Columns that stand in no object, but for all of its rows beside it: those that a table is partitioned by."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from ml_exporter.feeds.formats import Piece
from ml_exporter.feeds.formats.parquet import Table


def with_columns(piece: Piece, columns: Mapping[str, str | None]) -> Piece:
    """Return rows with further columns, each of one value."""
    if not columns or not isinstance(piece, Table):
        return piece
    added = [pl.lit(value, dtype=pl.String).alias(name) for name, value in columns.items()]
    return replace(piece, frame=piece.frame.with_columns(added))
