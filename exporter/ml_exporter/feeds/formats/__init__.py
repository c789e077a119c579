"""Formats of files, wherever these lie. Another format needs a module here with a ``FORMAT``."""

from ml_exporter.feeds.formats.found import format_by_name, formats
from ml_exporter.feeds.formats.gathering import Gathering
from ml_exporter.feeds.formats.interface import (
    FileReader,
    Format,
    FormatReading,
    Piece,
    Position,
    UnfinishedFile,
    UnreadableFile,
)
from ml_exporter.feeds.formats.readers import Readers
from ml_exporter.feeds.formats.settings import FormatSettings

__all__ = [
    "FileReader",
    "Format",
    "FormatReading",
    "FormatSettings",
    "Gathering",
    "Piece",
    "Position",
    "Readers",
    "UnfinishedFile",
    "UnreadableFile",
    "format_by_name",
    "formats",
]
