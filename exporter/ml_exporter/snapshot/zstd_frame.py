"""A Zstandard frame whose end is written later: one frame, since some clients read no second one (RFC 8878)."""

from collections.abc import Iterator

import zstandard

_LEVEL = 1
_HEADER = b"\x28\xb5\x2f\xfd\x00\x48"
"""The magic number, no size and no checksum, a window of 512 KiB: what the library writes before the first block."""

_LARGEST_BLOCK = 128 * 1024
_RAW, _LAST = 0 << 1, 1


def begin_frame(text: bytes) -> bytes:
    """Return a text compressed, up to a whole block, without the mark that ends a frame: more can follow."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=False).compressobj()
    return compressor.compress(text) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) or _HEADER


def end_frame(begun: bytes, rest: bytes) -> bytes:
    """Return the whole frame: what was begun, and the rest as it is, which is short and new at each scrape."""
    return begun + b"".join(_raw_blocks(rest))


def _raw_blocks(text: bytes) -> Iterator[bytes]:
    """Write blocks that are not compressed: size, kind and whether it is the last one, in three bytes, and the text."""
    for start in range(0, max(len(text), 1), _LARGEST_BLOCK):
        block = text[start : start + _LARGEST_BLOCK]
        last = _LAST if start + _LARGEST_BLOCK >= len(text) else 0
        yield (len(block) << 3 | _RAW | last).to_bytes(3, "little")
        yield block
