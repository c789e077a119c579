"""What a file holds, decompressed where it is compressed: read in any pieces, from front to back."""

import os
from typing import Protocol

from ml_exporter.feeds.compression.interface import Compression, Decompressor

_INPUT_BYTES = 256 * 1024
_STEP_BYTES = 1024 * 1024
"""So much is decompressed at once, however much a few bytes may stand for."""


class Content(Protocol):
    """The content of one file that may still grow. The file itself is opened by whoever reads."""

    @property
    def damage(self) -> str | None:
        """Why it cannot be decompressed further, and what to do; the sentence goes on from the file's name."""
        ...

    def read(self, descriptor: int, size: int, offset: int, most: int) -> tuple[bytes, bool]:
        """Return bytes of the content, and whether these are all behind ``offset`` for now.

        Args:
            descriptor: the open file.
            size: how long the file is, bytes.
            offset: where to begin in the content.
            most: so many bytes at most; fewer come only at the end, and where it is damaged behind them.
        """
        ...

    def taken(self, offset: int) -> int:
        """Return how many bytes of the file hold what stands before ``offset`` of the content, about.

        All of them only where nothing of the content is left behind it.
        """
        ...


class PlainContent:
    """The content of a file that is not compressed; see ``Content``."""

    damage = None

    def read(self, descriptor: int, size: int, offset: int, most: int) -> tuple[bytes, bool]:
        """Read at an offset."""
        data = os.pread(descriptor, max(0, min(most, size - offset)), offset)
        return data, offset + len(data) >= size

    def taken(self, offset: int) -> int:
        """Return the offset itself."""
        return offset


class CompressedContent:
    """The content of a compressed file; see ``Content``.

    The decompressor stays where it is between reads, so that each byte is decompressed once. Whoever goes back to
    what was given up already, as after a restart, has everything before it decompressed again.
    """

    def __init__(self, compression: Compression) -> None:
        self._compression = compression
        self._rewind()

    def _rewind(self) -> None:
        self.damage: str | None = None
        self._piece: Decompressor | None = None
        self._input = b""
        """Read from the file, not yet decompressed."""

        self._read = 0
        """Bytes read from the file."""

        self._held = bytearray()
        """Decompressed, not yet given up."""

        self._held_from = 0
        """Where that begins in the content."""

    def read(self, descriptor: int, size: int, offset: int, most: int) -> tuple[bytes, bool]:
        """Decompress as far as needed, and give up what stands before the offset."""
        if offset < self._held_from:
            self._rewind()
        while True:
            passed = min(offset - self._held_from, len(self._held))
            del self._held[:passed]
            self._held_from += passed
            if self._held_from == offset and len(self._held) > most:
                return bytes(self._held[:most]), False
            if not self._decompress(descriptor, size):
                return bytes(self._held[:most]), len(self._held) <= most and self.damage is None

    def taken(self, offset: int) -> int:
        """Return what went through the decompressor: a little more than what stands before the offset."""
        left = self._held_from + len(self._held) > offset or self.damage is not None
        return max(0, self._read - len(self._input) - left)

    def _decompress(self, descriptor: int, size: int) -> bool:
        """Decompress a step further; return whether there was anything to do."""
        if self.damage is not None:
            return False
        if not self._input and (self._piece is None or self._piece.needs_input):
            self._input = os.pread(descriptor, max(0, min(_INPUT_BYTES, size - self._read)), self._read)
            self._read += len(self._input)
            if not self._input:
                return False
        if self._piece is None:
            self._input = self._input.lstrip(b"\0")  # padding, as tapes have it
            if not self._input:
                return True
            self._piece = self._compression.decompressor()
        given, self._input = (self._input, b"") if self._piece.needs_input else (b"", self._input)
        try:
            self._held += self._piece.decompress(given, _STEP_BYTES)
        except self._compression.damaged as error:
            at = self._read - len(given)
            self.damage = (
                f"is damaged: its {self._compression.name} cannot be decompressed behind byte {at:,} ({error}); what"
                " stands before is read: write the file again, or move it out of the feed's path"
            )
            return False
        if self._piece.eof:
            self._input = self._piece.unused_data
            self._piece = None
        return True
