"""Memory that the C library keeps for later, after large arrays are gone, goes back to the system where it can."""

import ctypes


def give_back() -> None:
    """Give back what is free; glibc can, others do so by themselves or never."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
