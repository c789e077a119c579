"""What reads the files of one feed: a reader for each file at hand, and the formats that these have."""

from collections.abc import Hashable, Sequence, Set

from ml_exporter.feeds.compression import MAGIC_BYTES, content_of
from ml_exporter.feeds.decoding import Decoded
from ml_exporter.feeds.formats.found import OTHERWISE, formats
from ml_exporter.feeds.formats.interface import FileReader, FormatReading, Piece
from ml_exporter.feeds.formats.settings import FormatSettings
from ml_exporter.feeds.interface import FeedContext

_KEPT = 8
"""So many files keep what saves work when they are read further, such as a decompressor: those read last."""


class Readers:
    """Keeps the readers of the files that were read last."""

    def __init__(self, settings: FormatSettings, context: FeedContext) -> None:
        self._settings = settings
        self._context = context
        self._readings: dict[str, FormatReading] = {}
        """Format to what reads it, of those that were met."""

        self._readers: dict[Hashable, FileReader] = {}
        """File to its reader, those used last behind."""

    def reader(self, file: Hashable, format_: str, path: str, head: bytes) -> FileReader:
        """Return the reader of a file.

        Args:
            file: what tells it from others.
            format_: its format.
            path: what it is called.
            head: how it begins.
        """
        reader = self._readers.pop(file, None) or self._reading(format_).reader(path, content_of(head))
        if len(head) >= MAGIC_BYTES:  # before, nobody can know whether it is compressed
            self._readers[file] = reader
        if len(self._readers) > _KEPT:
            self.forget(next(iter(self._readers)))
        return reader

    def forget(self, file: Hashable) -> None:
        """Let go of what is known of a file: its content is another one."""
        self._readers.pop(file, None)

    def keep(self, files: Set[Hashable]) -> None:
        """Let go of all files but these."""
        self._readers = {file: reader for file, reader in self._readers.items() if file in files}

    def decode(self, format_: str | None, parts: Sequence[tuple[str, Piece]]) -> Decoded:
        """Decode pieces of one likeness, each with the path of its file.

        Args:
            format_: their format; of any, where there are none.
            parts: path and piece.
        """
        return self._reading(format_ or self._settings.format or OTHERWISE).decode(parts)

    def _reading(self, format_: str) -> FormatReading:
        if format_ not in self._readings:
            self._readings[format_] = formats()[format_].prepare(self._settings, self._context)
        return self._readings[format_]
