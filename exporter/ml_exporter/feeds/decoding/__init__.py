"""Decoding: from a source's bytes to valid columns, and to the events that could not be used.

``JsonLines`` makes raw columns of JSON lines, ``EventDecoder`` valid events of raw columns (whatever they were made
of), ``JsonEvents`` does both. ``CsvEvents`` takes records of CSV, ``ColumnEvents`` what stands in columns already.
"""

from ml_exporter.feeds.decoding.column_events import ColumnEvents
from ml_exporter.feeds.decoding.csv_events import CsvEvents
from ml_exporter.feeds.decoding.decoded import Decoded
from ml_exporter.feeds.decoding.decoder import UNVERSIONED, EventDecoder, Usable
from ml_exporter.feeds.decoding.json_events import JsonEvents
from ml_exporter.feeds.decoding.json_lines import JsonLines, RawEvents
from ml_exporter.feeds.decoding.problems import Problems
from ml_exporter.feeds.decoding.segments import MISSING

__all__ = [
    "MISSING",
    "UNVERSIONED",
    "ColumnEvents",
    "CsvEvents",
    "Decoded",
    "EventDecoder",
    "JsonEvents",
    "JsonLines",
    "Problems",
    "RawEvents",
    "Usable",
]
