"""A rendered text, ready to be sent as it is or compressed, with room at its end for what is only known at a scrape."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Self

from isal import isal_zlib

from ml_exporter.snapshot.zstd_frame import begin_frame, end_frame

_LEVEL = 1  # a scrape interval's worth of bandwidth is not worth a tick's worth of processor
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_SIZE_LIMIT = 1 << 32


@dataclass(frozen=True)
class Piece:
    """A part of a text, which several texts may share."""

    text: bytes
    deflated: bytes
    """The text compressed by itself, up to a whole byte, without the mark that ends a stream: more can follow."""

    checksum: int
    """CRC 32 of the text."""

    @classmethod
    def of(cls, text: bytes) -> Self:
        """Compress a text, once, however often it is scraped."""
        compressor = isal_zlib.compressobj(_LEVEL, wbits=-isal_zlib.MAX_WBITS)
        deflated = compressor.compress(text) + compressor.flush(isal_zlib.Z_SYNC_FLUSH)
        return cls(text, deflated, isal_zlib.crc32(text))


@dataclass(frozen=True)
class Exposition:
    """Families in one of Prometheus' formats."""

    pieces: Sequence[Piece]
    end: bytes = b""
    """What the format wants after the last family."""

    @classmethod
    def of(cls, text: bytes, end: bytes = b"") -> Self:
        """Make a text ready.

        Args:
            text: whole families.
            end: what the format wants after the last family.
        """
        return cls([Piece.of(text)], end)

    @cached_property
    def text(self) -> bytes:
        """The text itself."""
        return b"".join(piece.text for piece in self.pieces)

    @property
    def bytes_held(self) -> int:
        """How much memory its pieces take, of texts plain and compressed."""
        return sum(len(piece.text) + len(piece.deflated) for piece in self.pieces)

    def plain(self, further: bytes) -> bytes:
        """Return it with further families."""
        return b"".join([*(piece.text for piece in self.pieces), further, self.end])

    def gzipped(self, further: bytes) -> bytes:
        """Return it with further families as one gzip member: only those are compressed now (RFC 1951, RFC 1952)."""
        last = Piece.of(further + self.end)
        checksum, size = reduce(_followed_by, [last], self._checksum)
        trailer = struct.pack("<II", checksum, size % _SIZE_LIMIT)
        return b"".join([_GZIP_HEADER, *(piece.deflated for piece in self.pieces), last.deflated, _STREAM_END, trailer])

    @cached_property
    def _checksum(self) -> tuple[int, int]:
        """CRC 32 and size of the text."""
        return reduce(_followed_by, self.pieces, (0, 0))

    def zstandard(self, further: bytes) -> bytes:
        """Return it with further families as one Zstandard frame (RFC 8878)."""
        return end_frame(self._zstandard_begun, further + self.end)

    @cached_property
    def _zstandard_begun(self) -> bytes:
        """The text compressed, once: by the first scrape that asks for it, since few ever do."""
        return begin_frame(self.text)


_STREAM_END = isal_zlib.compress(b"", wbits=-isal_zlib.MAX_WBITS)
"""Ends a stream of deflated pieces."""


def _followed_by(before: tuple[int, int], piece: Piece) -> tuple[int, int]:
    """Return CRC 32 and size of a text that another follows."""
    checksum, size = before
    return isal_zlib.crc32_combine(checksum, piece.checksum, len(piece.text)), size + len(piece.text)
