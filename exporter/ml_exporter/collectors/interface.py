"""What a collector is: something that reads the machine once when it is asked to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ml_exporter.catalogue import Family
from ml_exporter.config import CollectorSettings, ModelSettings


@dataclass(frozen=True)
class Reading:
    """The samples of one family."""

    family: Family
    samples: Sequence[tuple[tuple[str, ...], float]]
    """Label values, in the family's order of labels, and the value."""

    @classmethod
    def single(cls, family: Family, value: float) -> "Reading":
        """Return the reading of a family without labels."""
        return cls(family, [((), value)])


class CollectorError(Exception):
    """A collection failed; the message says what, where and what to do."""

    def __init__(self, message: str, readings: Iterable[Reading] = ()) -> None:
        """Tell what failed.

        Args:
            message: for a person.
            readings: what could be read all the same; it is shown.
        """
        self.readings = tuple(readings)
        super().__init__(message)


class Collector(Protocol):
    """Reads the machine. Used by one thread at a time; after a failure it is dropped, and another one opened."""

    def collect(self) -> Iterable[Reading]:
        """Read the machine now; each family at most once.

        Raises:
            CollectorError: something could not be read. Any other error counts as a failure too.
        """
        ...


@dataclass(frozen=True)
class CollectorContext:
    """What every collector may need beside its own settings."""

    folder: Path
    """The folder of the configuration file: relative paths start there."""

    models: Sequence[ModelSettings]


@dataclass(frozen=True)
class CollectorKind:
    """A kind of collector: each module of this package that has one defines it as the constant ``COLLECTOR``."""

    name: str
    """Its name in the configuration and in the label ``collector``."""

    settings: type[CollectorSettings]
    open: Callable[[CollectorSettings, CollectorContext], Collector]
    """Opens one. Errors count as failed collections."""
