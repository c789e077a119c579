"""The file: sums under names as Parquet, and a header that says what they mean, whose batch they are, and the counts.

Written whole under another name and then renamed: a file that is there is complete. It is named by its batch, so that
a batch that is written twice is one file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import xxhash
from polars.exceptions import PolarsError

from ml_exporter.events import Categorical, JoinCounts, NamedSums
from ml_exporter.feeds.interface import MAXIMUM_ROWS

FORMAT = 1
"""Raised when a reader of before would misunderstand what is written."""

_HEADER = "ml-exporter"

SCHEMA: Mapping[str, pl.DataType] = {
    "model_name": pl.String(),
    "model_version": pl.String(),
    "segment_key": pl.String(),
    "segment_value": pl.String(),
    "tally": pl.String(),
    "clock": pl.String(),
    "width": pl.Float64(),
    "start": pl.Float64(),
    "name": pl.String(),
    "category": pl.String(),
    "bin": pl.Int64(),
    "values": pl.List(pl.Float64()),
}
"""Column to its type; what each holds is said by ``NamedSums``. ``start`` is null for sums since ever."""

_TEXTS = ("model_name", "model_version", "segment_key", "segment_value", "tally", "clock", "name", "category")


class UnusableFile(Exception):
    """A file of tallies cannot be used; the message goes on from its name, and says what to do."""


@dataclass(frozen=True)
class Header:
    """What a file says about itself."""

    stream: str
    """Whose batches have numbers of their own: a job, or a query."""

    batch: int
    """Which of the stream: each counts once."""

    counted_by: Mapping[str, Mapping[str, Any]]
    """Model to the options that decide what its sums mean."""

    counts: JoinCounts
    rows: int
    format: int = FORMAT

    @property
    def digest(self) -> str:
        """Return what tells this file from another one with the same batch."""
        return xxhash.xxh3_64_hexdigest(msgspec.json.encode(self))


def file_name(stream: str, batch: int) -> str:
    """Return the name of the file of a batch: those of a stream stand in their order."""
    safe = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in stream)
    return f"{safe}-{batch:012}-{xxhash.xxh3_64_hexdigest(stream.encode())[:8]}.parquet"


def write_tallies(folder: Path, header: Header, frame: pl.DataFrame) -> Path:
    """Write the file of a batch, unless it is there already: then that one stands.

    Args:
        folder: made where it is missing.
        header: says what the rows are.
        frame: with the columns of ``SCHEMA``, in the order in which series are to be given places.

    Raises:
        OSError: it cannot be written; there is no part of it under its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / file_name(header.stream, header.batch)
    if file.exists():
        return file
    draft = folder / f".{file.name}.{os.getpid()}"
    try:
        with draft.open("wb") as opened:
            frame.select(list(SCHEMA)).cast(pl.Schema(SCHEMA)).write_parquet(
                opened, row_group_size=MAXIMUM_ROWS, metadata={_HEADER: msgspec.json.encode(header).decode()}
            )
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return file


def read_header(file: Path) -> Header:
    """Read what a file says about itself.

    Raises:
        UnusableFile: it is none of tallies, or of a format that this version does not know.
    """
    try:
        stored = pl.read_parquet_metadata(file).get(_HEADER)
    except (OSError, PolarsError) as error:
        raise _unreadable(error) from None
    if stored is None:
        raise UnusableFile("is no file of tallies; narrow the feed's path")
    if (there := msgspec.json.decode(stored).get("format")) != FORMAT:
        raise UnusableFile(f"has format {there}, and this version reads {FORMAT}; let both be of one version")
    try:
        return msgspec.json.decode(stored, type=Header)
    except msgspec.MsgspecError as error:
        raise UnusableFile(f"has a damaged header ({error}); write it again") from None


def read_rows(file: Path, begin: int, rows: int) -> pl.DataFrame:
    """Read some rows of a file.

    Raises:
        UnusableFile: it cannot be read.
    """
    try:
        return pl.scan_parquet(file, glob=False).slice(begin, rows).select(list(SCHEMA)).collect()
    except (OSError, PolarsError) as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> UnusableFile:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return UnusableFile(f"cannot be read ({reason}); write it again, or move it out of the way")


def frame_of(sums: NamedSums) -> pl.DataFrame:
    """Return sums as a table with the columns of ``SCHEMA``."""
    texts = (
        sums.model,
        sums.version,
        sums.segment_key,
        sums.segment_value,
        sums.tally,
        sums.clock,
        sums.name,
        sums.category,
    )
    table = pl.DataFrame(
        {name: _text_column(column) for name, column in zip(_TEXTS, texts, strict=True)}
        | {
            "width": sums.width,
            "start": pl.Series(sums.start, nan_to_null=True, dtype=pl.Float64),
            "bin": sums.bin,
            "values": pl.Series(sums.values, dtype=pl.Array(pl.Float64, sums.values.shape[1])),
        },
    )
    own = pl.col("values").arr.to_list().list.head(pl.lit(pl.Series(sums.columns)))
    return table.with_columns(values=own).select(list(SCHEMA))


def sums_of(frame: pl.DataFrame) -> NamedSums:
    """Read what ``frame_of`` made."""
    columns = frame["values"].list.len().to_numpy().astype(np.int64)
    values = np.zeros((len(frame), int(columns.max(initial=1))))
    values[np.arange(values.shape[1]) < columns[:, None]] = frame["values"].explode().drop_nulls().to_numpy()
    texts = {name: _categorical(frame[name]) for name in _TEXTS}
    return NamedSums(
        model=texts["model_name"],
        version=texts["model_version"],
        segment_key=texts["segment_key"],
        segment_value=texts["segment_value"],
        tally=texts["tally"],
        clock=texts["clock"],
        width=frame["width"].to_numpy(),
        start=frame["start"].fill_null(float("nan")).to_numpy(),
        name=texts["name"],
        category=texts["category"],
        bin=frame["bin"].to_numpy(),
        columns=columns,
        values=values,
    )


def _text_column(column: Categorical) -> pl.Series:
    texts = pl.Series(column.values, dtype=pl.String)
    codes = pl.Series(column.codes, dtype=pl.Int64)
    return texts.gather(codes.replace(-1, None)) if len(texts) else pl.Series([None] * len(codes), dtype=pl.String)


def _categorical(column: pl.Series) -> Categorical:
    different = column.drop_nulls().unique(maintain_order=True)
    codes = column.cast(pl.Enum(different)).to_physical().cast(pl.Int32).fill_null(-1)
    return Categorical(codes.to_numpy(), tuple(different))
