"""Reading a table from a file."""

from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError


class UnreadableTable(Exception):
    """A file holds no table; the message goes on from the file's name, and says what to do."""


def read_table(file: Path) -> pl.DataFrame:
    """Read a CSV or Parquet file, by its ending.

    Raises:
        UnreadableTable: it cannot be read.
    """
    try:
        return pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema_length=None)
    except (OSError, PolarsError) as error:
        raise UnreadableTable(f"cannot be read ({str(error).splitlines()[0]}); name a CSV or Parquet file") from None
