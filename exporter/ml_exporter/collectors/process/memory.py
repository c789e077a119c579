"""The memory of several processes together."""

from collections.abc import Sequence

import psutil


def memory_bytes(processes: Sequence[psutil.Process]) -> int | None:
    """Return their memory together in bytes; ``None`` where none of them runs any more.

    Workers that were forked after the model was loaded share its pages, so resident sizes would count the model once
    for each of them; proportional sizes count it once. The system tells those to the same user and to root only:
    otherwise the sum is of resident sizes.
    """
    try:
        sizes = [_size(process, proportional=True) for process in processes]
    except (psutil.AccessDenied, AttributeError):  # the latter: a system that knows no proportional size
        sizes = [_size(process, proportional=False) for process in processes]
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None


def _size(process: psutil.Process, *, proportional: bool) -> int | None:
    try:
        size: int = process.memory_full_info().pss if proportional else process.memory_info().rss
    except psutil.NoSuchProcess:
        return None
    return size
