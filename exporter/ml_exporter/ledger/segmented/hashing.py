"""Ids as 64-bit hashes: what the ledger knows of an id."""

from collections.abc import Iterable

import numpy as np
import xxhash
from numpy.typing import NDArray


def hash_ids(ids: NDArray[np.object_]) -> NDArray[np.uint64]:
    """Hash ids with xxh3_64, the empty text too.

    Two of 10 million different ids share a hash with odds of 3 in a million (n^2 / 2^65); they would be taken for one.
    """
    texts = ids.tolist()
    try:
        return _hashes(map(str.encode, texts), len(texts))
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can spell
        return _hashes((text.encode("utf-8", "surrogatepass") for text in texts), len(texts))


def _hashes(encoded: Iterable[bytes], count: int) -> NDArray[np.uint64]:
    return np.fromiter(map(xxhash.xxh3_64_intdigest, encoded), dtype=np.uint64, count=count)


def checksum(content: bytes | memoryview, *key: str | int) -> int:
    """Return xxh3_64 of bytes, and of the key that they are kept under, as a signed number: SQLite holds no other."""
    seed = xxhash.xxh3_64_intdigest(repr(key).encode()) if key else 0
    unsigned = xxhash.xxh3_64_intdigest(content, seed)
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned
