"""Which formats there are, and which one a file has."""

import functools
import importlib
import pkgutil
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # settings, of which formats are made, know the formats' names from here
    from ml_exporter.feeds.formats.interface import Format

_PACKAGE = __name__.rpartition(".")[0]
OTHERWISE = "jsonl"
"""What a file is whose name says nothing."""


@functools.cache
def formats() -> "Mapping[str, Format]":
    """Collect what the modules of this package define as ``FORMAT``, by name."""
    path = importlib.import_module(_PACKAGE).__path__
    modules = [importlib.import_module(f"{_PACKAGE}.{module.name}") for module in pkgutil.iter_modules(path)]
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {one.name: one for one in found}


@functools.cache
def _endings() -> re.Pattern[str]:
    return re.compile(rf"\.({'|'.join(map(re.escape, formats()))})(?![a-z])", re.IGNORECASE)


def format_by_name(name: str) -> str:
    """Return the format that a file's name says, whatever rotation and compression have put behind it.

    >>> format_by_name("a.csv"), format_by_name("a.parquet"), format_by_name("a.csv-20240501.gz"), format_by_name("log")
    ('csv', 'parquet', 'csv', 'jsonl')
    """
    said = _endings().findall(name)
    return said[-1].lower() if said else OTHERWISE
