"""What a tally is made of: which events it takes, and what each contributes to which bin."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies.feature_registry import EncodedFeature


@dataclass(frozen=True)
class AcceptedPredictions:
    """Predictions of one model as the prediction tallies see them: rows that count, with what the tallies need."""

    series: NDArray[np.int32]
    """(rows, 1 + slices), the overall series first; -1: none."""

    timestamp: NDArray[np.float64]
    """Prediction time, seconds since the epoch."""

    status: NDArray[np.int64]
    """Code of the request's status."""

    joinable: NDArray[np.bool_]
    """False for a failed request: it is counted and timed only."""

    latency: NDArray[np.float64]
    """Seconds; NaN where not known."""

    slow: NDArray[np.bool_]
    """Whether it took longer than the model's latency objective."""

    payload: NDArray[np.float64]
    """(rows, payload columns of the task): what was predicted; NaN for a failed request."""

    sampled: NDArray[np.bool_]
    """Which of the joinable ones have their features looked at."""

    features: Sequence[EncodedFeature]
    """Those that the model watches, of the sampled rows only."""


Source = Literal["predictions", "outcomes"]
EventTime = Literal["prediction", "label"]


@dataclass(frozen=True)
class Contributions:
    """What events add to a tally."""

    rows: NDArray[np.bool_] | NDArray[np.intp]
    """Which events contribute: a mask, (events,), or the place of the event behind each contribution, where one event
    may contribute several times."""

    bins: NDArray[np.int64]
    """(contributions,)"""

    values: NDArray[np.float64]
    """(contributions, columns)"""


Contribute = (
    Callable[[AcceptedPredictions, ModelSettings], Contributions] | Callable[[Outcomes, ModelSettings], Contributions]
)


@dataclass(frozen=True)
class Tally:
    """A kind of tally. Modules of this package list theirs in the constant ``TALLIES``.

    Name, columns and bins are part of the stored format: a change of meaning needs a new name.
    """

    name: str
    source: Source
    columns: tuple[str, ...]
    contribute: Callable[..., Contributions]
    """From events of one model, ``AcceptedPredictions`` or ``Outcomes`` by its source, and the model's settings."""

    tasks: frozenset[str] | None = None
    """The tasks whose models have it; None: every task's."""

    needs: frozenset[str] = frozenset()
    """What a model must offer to have it, beyond its task; see ``Metric.needs``."""

    bins: int = 1
    """How many bins any model may have. Part of the stored format."""

    width: Callable[[ModelSettings], int] | None = None
    """How many of them a model has: the first so many. None: all."""

    step: Callable[[ModelSettings], int] | None = None
    """How many neighbouring bins are read as one, a divisor of the width. None: 1."""

    histogram: bool = False
    """Whether it is sparse over many bins; then its buckets start at the ladder's second rung."""

    windowed: bool = True
    """Whether it is kept by time, for gauges."""

    lifetime: bool = False
    """Whether it is kept since the store was made, for counters."""

    sliced: bool = True
    """Whether slices have it too."""

    coded_by: Literal["statuses", "features"] | None = None
    """The registry that gives its bins their numbers, where those differ from store to store. None: they are the same
    everywhere, for models of the same meaning."""

    watched_by_detectors: bool = True
    """Whether detectors of degradation consume it, bucket by bucket."""

    by_prediction_time: bool = False
    """For outcomes: always dated by prediction time, whatever the configuration says."""

    calibrates: bool = False
    """For outcomes: whether the catalogue reads those of the longest window by label time, too, as ``known.NAME``,
    whatever the window is: what scores have been found to mean, for predictions that have no label yet."""

    def takes(self, model: ModelSettings) -> bool:
        """Tell whether the model's events are tallied."""
        return (self.tasks is None or model.task in self.tasks) and self.needs <= model.offers

    def width_of(self, model: ModelSettings) -> int:
        """Return how many bins the model has."""
        return self.bins if self.width is None else self.width(model)

    def step_of(self, model: ModelSettings) -> int:
        """Return how many neighbouring bins of the model are read as one."""
        return 1 if self.step is None else self.step(model)


def everything(rows: int) -> NDArray[np.bool_]:
    """Return the mask that takes every row."""
    return np.ones(rows, dtype=np.bool_)


def discover() -> tuple[Tally, ...]:
    """Collect the tallies that the modules of this package list in ``TALLIES``, by name."""
    package = importlib.import_module("ml_exporter.tallies")
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    tallies = [tally for module in modules for tally in getattr(module, "TALLIES", ())]
    return tuple(sorted(tallies, key=lambda tally: tally.name))
