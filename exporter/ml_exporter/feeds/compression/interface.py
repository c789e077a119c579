"""What a compression is: bytes that are compressed piece by piece, known by how each piece begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Decompressor(Protocol):
    """Decompresses one piece: a member of gzip, a frame of Zstandard."""

    @property
    def needs_input(self) -> bool:
        """Whether it has given out all that it can without further input."""
        ...

    @property
    def eof(self) -> bool:
        """Whether the piece is complete."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came behind the end of the piece."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take input in and give at most so many bytes out."""
        ...


@dataclass(frozen=True)
class Compression:
    """One way to compress: each module of this package that has one defines it as the constant ``COMPRESSION``."""

    name: str
    """As people call it."""

    magic: bytes
    """How every piece begins; no text in UTF-8 begins so."""

    decompressor: Callable[[], Decompressor]
    """Begins a piece."""

    newline: bytes
    """A piece that holds a newline."""

    damaged: type[Exception]
    """What a decompressor raises where a piece is damaged."""
