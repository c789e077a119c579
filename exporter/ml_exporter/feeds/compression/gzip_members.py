"""gzip: members, one behind the other."""

import gzip
from typing import cast

from isal import igzip_lib

from ml_exporter.feeds.compression.interface import Compression, Decompressor


def _member() -> Decompressor:
    return cast("Decompressor", igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


COMPRESSION = Compression(
    "gzip", b"\x1f\x8b", _member, gzip.compress(b"\n", mtime=0), cast("type[Exception]", igzip_lib.IsalError)
)
