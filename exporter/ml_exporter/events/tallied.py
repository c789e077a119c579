"""Events that were joined and added up before they came here: sums under names, and what the join has counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical


@dataclass(frozen=True)
class VersionCounts:
    """What a join has counted of one version of a model."""

    model: str
    version: str
    pending: int = 0
    """By how many more (below 0: fewer) predictions wait for a label than before."""

    assumed: int = 0
    """Predictions judged by silence."""

    last_prediction: float = 0.0
    """Time of the newest one, seconds since the epoch; 0: none."""

    last_label: float = 0.0

    def __add__(self, other: "VersionCounts") -> "VersionCounts":
        return VersionCounts(
            self.model,
            self.version,
            self.pending + other.pending,
            self.assumed + other.assumed,
            max(self.last_prediction, other.last_prediction),
            max(self.last_label, other.last_label),
        )


@dataclass(frozen=True)
class JoinCounts:
    """What a join has counted beside the sums. Counts of disjoint events may be added up."""

    events: int = 0
    """Events read, those that could not be used included."""

    duplicates: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Reason to the number of events that could not be used."""

    label_conflicts: int = 0
    label_corrections: int = 0
    expired_predictions: int = 0
    newest: Mapping[str, float] = field(default_factory=dict)
    """Model to the time of its newest event, seconds since the epoch."""

    versions: tuple[VersionCounts, ...] = ()

    @classmethod
    def total(cls, parts: Iterable["JoinCounts"]) -> "JoinCounts":
        """Add up what several joins have counted, each of events that no other one had."""
        whole = cls()
        for part in parts:
            whole = whole._and(part)
        return whole

    def _and(self, other: "JoinCounts") -> "JoinCounts":
        reasons = {*self.rejected, *other.rejected}
        models = {*self.newest, *other.newest}
        versions = {(one.model, one.version): one for one in self.versions}
        for one in other.versions:
            known = versions.get((one.model, one.version))
            versions[one.model, one.version] = one if known is None else known + one
        return JoinCounts(
            events=self.events + other.events,
            duplicates=self.duplicates + other.duplicates,
            rejected={name: self.rejected.get(name, 0) + other.rejected.get(name, 0) for name in sorted(reasons)},
            label_conflicts=self.label_conflicts + other.label_conflicts,
            label_corrections=self.label_corrections + other.label_corrections,
            expired_predictions=self.expired_predictions + other.expired_predictions,
            newest={name: max(self.newest.get(name, 0.0), other.newest.get(name, 0.0)) for name in sorted(models)},
            versions=tuple(versions[key] for key in sorted(versions)),
        )


@dataclass(frozen=True)
class NamedSums:
    """Sums under names that mean the same everywhere: columns of equal length, one row a bin of a bucket of a series.

    Rows with the same names add up.
    """

    model: Categorical
    version: Categorical
    segment_key: Categorical
    """-1: the row is of the version as a whole."""

    segment_value: Categorical
    tally: Categorical
    clock: Categorical
    width: NDArray[np.float64]
    """Of the bucket, seconds."""

    start: NDArray[np.float64]
    """Of the bucket, seconds since the epoch; NaN: since ever."""

    name: Categorical
    """What the bin is of, where that is no number: a status, a feature; -1: it is a number."""

    category: Categorical
    """The category of a feature; -1: none."""

    bin: NDArray[np.int64]
    columns: NDArray[np.int64]
    """How many numbers the tally adds up."""

    values: NDArray[np.float64]
    """(rows, columns of the widest tally), 0 behind a row's own columns."""

    def __len__(self) -> int:
        return len(self.bin)


@dataclass(frozen=True)
class TalliedEvents:
    """A piece of what was counted elsewhere. The counts come with the last piece."""

    sums: NamedSums
    counts: JoinCounts

    def __len__(self) -> int:
        return self.counts.events
