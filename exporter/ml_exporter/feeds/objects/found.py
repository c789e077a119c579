"""An object that a look at the store has found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import xxhash


@dataclass(frozen=True, order=True)
class FoundObject:
    """One object, as it was when it was found. They are read in this order."""

    modified: float
    """When, by the store's clock, seconds since the epoch."""

    key: str
    """Its name, below the address of the feed."""

    tag: str = ""
    """What changes with its content (ETag)."""

    size: int = 0
    """Bytes."""

    rows: int | None = field(default=None, compare=False)
    """How many rows it holds; ``None``: nobody knows."""

    columns: Mapping[str, str | None] = field(default_factory=dict, compare=False)
    """Columns that its rows have beside those that stand in it: name to value."""

    @property
    def identity(self) -> str:
        """Return what tells this content from every other one: 16 digits."""
        return xxhash.xxh3_64_hexdigest(f"{self.key}\0{self.tag}".encode())
