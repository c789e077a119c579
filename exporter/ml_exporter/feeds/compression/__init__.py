"""Compressed files, known by how they begin. Another compression needs a module here with a ``COMPRESSION``."""

import functools
import importlib
import pkgutil
from collections.abc import Sequence

from ml_exporter.feeds.compression.content import CompressedContent, Content, PlainContent
from ml_exporter.feeds.compression.interface import Compression, Decompressor

__all__ = [
    "MAGIC_BYTES",
    "Compression",
    "Content",
    "Decompressor",
    "compressions",
    "content_of",
    "is_compressed",
]


MAGIC_BYTES = 4
"""So many bytes tell whether a file is compressed."""


@functools.cache
def compressions() -> Sequence[Compression]:
    """Collect what the modules of this package define as ``COMPRESSION``."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return tuple(module.COMPRESSION for module in modules if hasattr(module, "COMPRESSION"))


def is_compressed(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` is compressed."""
    return any(head.startswith(compression.magic) for compression in compressions())


def content_of(head: bytes) -> Content:
    """Return the content of a file that begins with ``head``, nothing of it read yet."""
    for compression in compressions():
        if head.startswith(compression.magic):
            return CompressedContent(compression)
    return PlainContent()
