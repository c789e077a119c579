"""Everything between records of CSV and a batch: what can be used, and what cannot with its reason."""

import io
from collections.abc import Callable, Sequence

import polars as pl

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding.cells import cell_values, field_of
from ml_exporter.feeds.decoding.decoded import Decoded, beginning
from ml_exporter.feeds.decoding.decoder import EventDecoder
from ml_exporter.feeds.decoding.flat import needed, raw_columns
from ml_exporter.feeds.interface import FeedContext, Rejection


class CsvEvents:
    """Decodes records of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext, delimiter: str) -> None:
        self._decoder = EventDecoder(settings, context)
        self._theirs = settings.fields
        self._delimiter = delimiter

    def knows(self, header: Sequence[str]) -> bool:
        """Tell whether a header names any field of the feed's events."""
        return bool(needed(header, self._decoder.fields, self._theirs))

    def decode(
        self,
        header: Sequence[str],
        text: bytes,
        rows: int,
        place: Callable[[int], str],
        record: Callable[[int], bytes],
    ) -> Decoded:
        """Decode records.

        Args:
            header: the name of each cell.
            text: sound records in UTF-8, each with as many cells as the header and a newline behind it.
            rows: how many there are.
            place: says where a record, counted from 0, stands in the source.
            record: returns its text.
        """
        columns = {name: number for number, name in enumerate(header)}
        wanted = needed(header, self._decoder.fields, self._theirs)
        frame = self._table(text, len(header), [columns[name] for name in wanted]) if rows and wanted else None

        def values(name: str) -> Sequence[object]:
            assert frame is not None  # noqa: S101 - no column is asked for that there is not
            return cell_values(frame[str(columns[name])], field_of(name, self._theirs))

        names = wanted if frame is not None else []
        raw = raw_columns(names, values, rows, self._decoder.fields, self._theirs)
        usable = self._decoder.decode(raw)
        rejections = tuple(
            Rejection(reason, detail, place(row), beginning(record(row)))
            for row, (reason, detail) in sorted(usable.problems.found.items())
        )
        return Decoded(usable.events, rejections, tuple(sorted(usable.problems.found)), raw)

    def _table(self, text: bytes, cells: int, wanted: Sequence[int]) -> pl.DataFrame:
        frame = pl.read_csv(
            io.BytesIO(text),
            has_header=False,
            new_columns=[str(number) for number in range(cells)],
            infer_schema=False,
            separator=self._delimiter,
            quote_char='"' if b'"' in text else None,
        )
        return frame[[str(number) for number in wanted]]
