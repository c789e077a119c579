"""Zstandard: frames, one behind the other."""

import sys
from typing import cast

from ml_exporter.feeds.compression.interface import Compression, Decompressor

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def _frame() -> Decompressor:
    return cast("Decompressor", zstd.ZstdDecompressor())


COMPRESSION = Compression("Zstandard", b"\x28\xb5\x2f\xfd", _frame, zstd.compress(b"\n"), zstd.ZstdError)
