"""What the catalogue knows of a metric and of a family of time series."""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Clock = Literal["outcome", "prediction"]
"""Which events a metric is made of, and so which time decides its window."""

Direction = Literal["higher", "lower"]
"""Which way is better."""

FamilyType = Literal["gauge", "counter", "histogram", "summary"]

Statistics = Mapping[str, NDArray[np.float64]]
"""The sums of a window: ``tally.column`` to (series,), or to (series, bins) for a tally that has bins. Of what labels
have told in the longest window, ``known.tally.column``, for tallies that calibrate."""

Counts = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Those that count and all of them, (series,) each: what a share is made of."""

OTHER = "__other__"
"""The label value that those beyond a limit share."""

_UNITS = ("ratio", "seconds", "bytes")


def series_labels(*, window: bool = True, segment: bool = False) -> tuple[str, ...]:
    """Return the labels of a family about a model's series."""
    slice_labels = ("segment_key", "segment_value") if segment else ()
    return ("model_name", "model_version", *slice_labels, *(("window",) if window else ()))


class Model(Protocol):
    """What the catalogue asks of a model."""

    @property
    def task(self) -> str:
        """Return the name of its task."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the classes that it tells apart, in the order of their codes."""
        ...

    @property
    def offers(self) -> frozenset[str]:
        """Return what it has beyond its task: ``Metric.needs`` is compared with it."""
        ...

    @property
    def max_confusion_cells(self) -> int:
        """Return how many cells of its confusion matrix are shown one by one."""
        ...

    def label_value(self, label: str) -> str:
        """Return the value of a label that is the model's own, such as ``currency``."""
        ...


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
    """One metric that a model can be judged by: one number a series and window.

    An id may stand in the catalogue once for each task. Its entries differ in how they are computed and in what they
    are counted by; family, title, labels, clock and direction are those of the id.
    """

    id: str
    """Its one spelling in configuration, rules, labels and API."""

    title: str
    """Its name for people."""

    family: Family
    """Its labels are those of a series, then ``fixed_labels``, then ``model_labels``."""

    tasks: frozenset[str] | None
    """The tasks whose models have it; None: every task's."""

    clock: Clock
    direction: Direction | None
    estimate: Callable[[Statistics], Estimate]
    formula: str
    """How it is computed, for the documentation."""

    source: str = "its definition"
    """Where the formula comes from, or what else computes it."""

    interval: str | None = None
    """Method of the exported 95 % interval; None: no bounds are exported."""

    fixed_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that tell it from other metrics of its family."""

    counted_by: str = "outcomes.count"
    """The statistic that says how many events it rests on."""

    proportion: Callable[[Statistics], Counts] | None = None
    """What it is a share of, where it is one: the events that count, and all of them."""

    limits: tuple[float, float] = (-math.inf, math.inf)
    """The smallest and the largest value that it can take."""

    needs: frozenset[str] = frozenset()
    """What a model must offer to have it, beyond its task: ``conversion``, ``costs``, ..."""

    model_labels: tuple[str, ...] = ()
    """Labels whose value is the model's own: ``currency``."""

    ranked: Callable[[Statistics], NDArray[np.float64]] | None = None
    """Its events by rising badness, (series, bins), where it has no limits that a detector could use: those worse than
    the baseline's 95th percentile are bad ones, and so it becomes a proportion."""

    judged: bool = False
    """Whether detectors judge it where the configuration does not say which metrics are."""

    judged_where: frozenset[str] = frozenset()
    """What a model must offer, beyond what the metric needs, for that default to hold."""

    estimated: bool = False
    """Whether it is estimated before labels are in: no detector judges it, for it rests on more than its window."""

    headline: bool = False
    """Whether it is the one number that stands for its task where there is room for one."""

    advice: str = ""
    """What to do when it moves, for the documentation."""

    def applies(self, task: str, offers: frozenset[str]) -> bool:
        """Tell whether a model of that task, with what it offers, has the metric."""
        return _applies(self.tasks, self.needs, task, offers)

    def judged_by_default(self, offers: frozenset[str]) -> bool:
        """Tell whether detectors judge it, of a model with these offers that does not say which metrics are judged."""
        return self.judged and self.judged_where <= offers

    @property
    def can_be_judged(self) -> bool:
        """Whether detectors know how to compare it with a baseline."""
        known = self.proportion is not None or self.ranked is not None or np.isfinite(self.limits).all()
        return self.direction is not None and not self.estimated and bool(known)

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
        return _bound_family(self.family, side, self.interval)


Row = tuple[tuple[str, ...], NDArray[np.float64]]
"""Values of a family's own labels, and the value of each series, (series,), NaN where there is none."""


@dataclass(frozen=True)
class Spread:
    """A family with several samples a series: one for each class, bin, threshold, ... It has no metric id."""

    family: Family
    """Its labels are those of a series, then its own."""

    tasks: frozenset[str] | None
    """The tasks whose models have it; None: every task's."""

    rows: Callable[[Statistics, Model], Iterable[Row]]
    size: Callable[[Model], int]
    """How many rows a model has at most."""

    since_the_beginning: bool = False
    """Whether it counts since the store was made, rather than in each window."""

    sliced: bool = False
    needs: frozenset[str] = frozenset()

    def applies(self, task: str, offers: frozenset[str]) -> bool:
        """Tell whether a model of that task, with what it offers, has the family."""
        return _applies(self.tasks, self.needs, task, offers)

    def families(self) -> tuple[Family, ...]:
        """Return the families that it is exposed in."""
        return (self.family, segment_family(self.family)) if self.sliced else (self.family,)


def _applies(tasks: frozenset[str] | None, needs: frozenset[str], task: str, offers: frozenset[str]) -> bool:
    return (tasks is None or task in tasks) and needs <= offers


def each(rows: Sequence[tuple[str, ...]], table: NDArray[np.float64]) -> Iterable[Row]:
    """Pair label values with the columns of a table, (series, rows)."""
    return [(labels, table[:, index]) for index, labels in enumerate(rows)]


@functools.cache
def _bound_family(family: Family, side: Literal["lower", "upper"], interval: str | None) -> Family:
    stem, _, last = family.name.rpartition("_")
    name = f"{stem}_{side}_bound_{last}" if last in _UNITS else f"{family.name}_{side}_bound"
    help_text = f"{side.capitalize()} bound of the 95 % interval of {family.name} ({interval})."
    return replace(family, name=name, help=help_text)


@functools.cache
def segment_family(family: Family) -> Family:
    """Return the family of the same metric on slices: ml_accuracy_ratio has ml_segment_accuracy_ratio."""
    extra = tuple(label for label in family.labels if label not in series_labels())
    return replace(
        family,
        name="ml_segment_" + family.name.removeprefix("ml_"),
        help=f"By slice: {family.help}",
        labels=(*series_labels(segment=True), *extra),
    )
