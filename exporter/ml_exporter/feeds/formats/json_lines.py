"""JSON lines: one object a line; lines of several files are decoded at once."""

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from itertools import accumulate
from typing import cast

from ml_exporter.feeds.compression import Content
from ml_exporter.feeds.decoding import Decoded, JsonEvents
from ml_exporter.feeds.formats.interface import Format, Piece, Position, UnreadableFile
from ml_exporter.feeds.formats.lines import CHUNK_BYTES, Chunk, read_lines
from ml_exporter.feeds.formats.settings import FormatSettings
from ml_exporter.feeds.interface import FeedContext


class JsonLinesReader:
    """Reads lines of one file; see ``FileReader``."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def like(self, _descriptor: int, _size: int) -> Hashable:
        """All JSON lines are alike."""
        return True

    def read(self, descriptor: int, size: int, position: Position, rows: int) -> Chunk:
        """Read the next complete lines."""
        data, at_end = self._content.read(descriptor, size, position.offset, CHUNK_BYTES)
        chunk = read_lines(data, position, rows, at_end=at_end)
        if self._content.damage and not chunk.advanced:
            raise UnreadableFile(self._content.damage)
        position.taken = self._content.taken(position.offset)
        return chunk


class JsonLinesReading:
    """See ``FormatReading``."""

    def __init__(self, settings: FormatSettings, context: FeedContext) -> None:
        self._events = JsonEvents(settings, context)

    def reader(self, path: str, content: Content) -> JsonLinesReader:  # noqa: ARG002 - what it holds is all it needs
        """Return a reader of a file."""
        return JsonLinesReader(content)

    def decode(self, parts: Sequence[tuple[str, Piece]]) -> Decoded:
        """Decode the lines of all parts at once."""
        chunks = [(path, cast("Chunk", piece)) for path, piece in parts]
        firsts = list(accumulate((len(chunk.lines) for _, chunk in chunks), initial=0))

        def place(line: int) -> str:
            part = bisect_right(firsts, line, hi=len(chunks)) - 1
            path, chunk = chunks[part]
            return f"{path}:{chunk.offsets[line - firsts[part]]}"

        decoded = self._events.decode([line for _, chunk in chunks for line in chunk.lines], place)
        too_large = [line.rejection(path) for path, chunk in chunks for line in chunk.too_large]
        return Decoded(decoded.events, (*too_large, *decoded.rejections), raw=decoded.raw)


FORMAT = Format("jsonl", JsonLinesReading)
