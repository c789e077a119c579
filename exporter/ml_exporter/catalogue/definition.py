"""What the catalogue knows of a metric and of a family of time series."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Clock = Literal["outcome", "prediction"]
"""Which events a metric is made of, and so which time decides its window."""

Direction = Literal["higher", "lower"]
"""Which way is better."""

FamilyType = Literal["gauge", "counter", "histogram", "summary"]

Statistics = Mapping[str, NDArray[np.float64]]
"""The sums of a window: ``tally.column`` to (series,), or to (series, bins) for a tally that has bins."""

_UNITS = ("ratio", "seconds", "bytes")


def series_labels(*, window: bool = True, segment: bool = False) -> tuple[str, ...]:
    """Return the labels of a family about a model's series."""
    slice_labels = ("segment_key", "segment_value") if segment else ()
    return ("model_name", "model_version", *slice_labels, *(("window",) if window else ()))


@dataclass(frozen=True)
class Family:
    """One metric family as Prometheus knows it."""

    name: str
    """Its name; a counter's with ``_total``."""

    type: FamilyType
    help: str
    """What it says, as the HELP line has it."""

    labels: tuple[str, ...]
    """The names of its labels, in the order in which they are written."""

    area: str
    """The chapter of docs/metrics.md that it stands in."""

    edges: tuple[float, ...] = ()
    """Upper edges of a histogram's buckets, without +Inf."""


@dataclass(frozen=True)
class Estimate:
    """Values of one metric for many series, each array of shape (series,), NaN where there is none."""

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    """Lower bound of the 95 % interval."""

    upper: NDArray[np.float64]
    """Upper bound of the 95 % interval."""

    @classmethod
    def without_interval(cls, value: NDArray[np.float64]) -> "Estimate":
        """Return an estimate that has no interval."""
        nothing = np.full(value.shape, np.nan)
        return cls(value, nothing, nothing)


@dataclass(frozen=True)
class Metric:
    """One metric that a model can be judged by."""

    id: str
    """Its one spelling in configuration, rules, labels and API."""

    title: str
    """Its name for people."""

    family: Family
    tasks: frozenset[str]
    clock: Clock
    direction: Direction | None
    estimate: Callable[[Statistics], Estimate]
    formula: str
    """How it is computed, for the documentation."""

    interval: str | None = None
    """Method of the exported 95 % interval; None: no bounds are exported."""

    fixed_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that tell it from other metrics of its family."""

    counted_by: str = "outcomes.count"
    """The statistic that says how many events it rests on."""

    @property
    def sliced(self) -> bool:
        """Whether it is computed for slices too."""
        return self.clock == "outcome"

    def families(self) -> tuple[Family, ...]:
        """Return the families that it is exposed in: value, bounds, and the same for slices."""
        shown = [self.family]
        if self.interval is not None:
            shown += [self.bound_family("lower"), self.bound_family("upper")]
        if self.sliced:
            shown += [segment_family(family) for family in shown]
        return tuple(shown)

    def bound_family(self, side: Literal["lower", "upper"]) -> Family:
        """Return the family of one bound: ml_accuracy_ratio has ml_accuracy_lower_bound_ratio."""
        stem, _, last = self.family.name.rpartition("_")
        name = f"{stem}_{side}_bound_{last}" if last in _UNITS else f"{self.family.name}_{side}_bound"
        help_text = f"{side.capitalize()} bound of the 95 % interval of {self.family.name} ({self.interval})."
        return replace(self.family, name=name, help=help_text)


def segment_family(family: Family) -> Family:
    """Return the family of the same metric on slices: ml_accuracy_ratio has ml_segment_accuracy_ratio."""
    extra = tuple(label for label in family.labels if label not in series_labels())
    return replace(
        family,
        name="ml_segment_" + family.name.removeprefix("ml_"),
        help=f"By slice: {family.help}",
        labels=(*series_labels(segment=True), *extra),
    )
