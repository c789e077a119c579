"""The body of a request: unpacked, but never to more than it may have."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import zstandard
from isal import isal_zlib

_GZIP = 31
"""The window of zlib, with gzip's head and checksum."""

_ZSTD_WINDOW = 8 * 1024 * 1024
"""What every decoder must bear of a sender (RFC 9659); more would be memory for the asking."""


_BROKEN = (cast("type[Exception]", isal_zlib.error), zstandard.ZstdError, EOFError)
"""What decompressors raise. Isal's types do not say that its error is one."""


class BadBody(Exception):
    """The body as a whole cannot be read; the message says why and what to send."""


class TooLarge(Exception):
    """The body holds more than it may; the message says what the limit is."""


class UnsupportedBody(Exception):
    """The body is of a kind that nobody reads here; the message says what is read."""


@dataclass(frozen=True)
class Body:
    """What was sent."""

    media_type: str
    """In lower case, without parameters; empty where the request names none."""

    headers: Mapping[str, str]
    """Names in lower case."""

    content: bytes
    """Unpacked."""


def decompressed(content: bytes, encoding: str, most: int) -> bytes:
    """Unpack a body.

    Args:
        content: as it was sent.
        encoding: the request's Content-Encoding; empty where it has none.
        most: bytes that it may have unpacked.

    Raises:
        UnsupportedBody: it is packed in a way that is not known.
        BadBody: it is not what the encoding says.
        TooLarge: it would have more bytes.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return content
    if encoding not in _UNPACKED:
        raise UnsupportedBody(f"Content-Encoding {encoding!r} is none of gzip, zstd, identity; send one of these")
    try:
        unpacked = _UNPACKED[encoding](content, most + 1)
    except _BROKEN as error:
        raise BadBody(f"the body is not {encoding} as Content-Encoding says ({error}); send it whole") from None
    if len(unpacked) > most:
        raise TooLarge(f"the body has more than {most} bytes unpacked; send less in one request")
    return unpacked


def _gunzipped(content: bytes, most: int) -> bytes:
    """Unpack all members one behind the other, as gzip(1) does."""
    parts: list[bytes] = []
    while content and most > 0:
        member = isal_zlib.decompressobj(_GZIP)
        parts.append(member.decompress(content, most))
        most -= len(parts[-1])
        if most > 0 and not member.eof:
            raise EOFError("it ends early")
        content = member.unused_data
    return b"".join(parts)


def _unpacked_zstandard(content: bytes, most: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with decompressor.stream_reader(io.BytesIO(content), read_across_frames=True) as reader:
        return reader.read(most)


_UNPACKED: Mapping[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "zstd": _unpacked_zstandard,
}
