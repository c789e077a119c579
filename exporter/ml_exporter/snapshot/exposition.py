"""A rendered text, ready to be sent as it is or compressed, with room at its end for what is only known at a scrape."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from ml_exporter.snapshot.zstd_frame import begin_frame, end_frame

_LEVEL = 1  # a scrape interval's worth of bandwidth is not worth a tick's worth of processor
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_SIZE_LIMIT = 1 << 32


@dataclass(frozen=True)
class Exposition:
    """Families in one of Prometheus' formats, compressed once, however often they are scraped."""

    text: bytes
    end: bytes
    """What the format wants after the last family."""

    deflated: bytes
    """The text compressed, up to a whole byte, without the mark that ends a stream: more can follow."""

    checksum: int
    """CRC 32 of the text."""

    @classmethod
    def of(cls, text: bytes, end: bytes = b"") -> Self:
        """Make a text ready.

        Args:
            text: whole families.
            end: what the format wants after the last family.
        """
        compressor = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
        deflated = compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return cls(text, end, deflated, zlib.crc32(text))

    def plain(self, further: bytes) -> bytes:
        """Return it with further families."""
        return self.text + further + self.end

    def gzipped(self, further: bytes) -> bytes:
        """Return it with further families as one gzip member: only those are compressed now (RFC 1951, RFC 1952)."""
        rest = further + self.end
        compressor = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
        size = (len(self.text) + len(rest)) % _SIZE_LIMIT
        trailer = struct.pack("<II", zlib.crc32(rest, self.checksum), size)
        return _GZIP_HEADER + self.deflated + compressor.compress(rest) + compressor.flush() + trailer

    def zstandard(self, further: bytes) -> bytes:
        """Return it with further families as one Zstandard frame (RFC 8878)."""
        return end_frame(self._zstandard_begun, further + self.end)

    @cached_property
    def _zstandard_begun(self) -> bytes:
        """The text compressed, once: by the first scrape that asks for it, since few ever do."""
        return begin_frame(self.text)
