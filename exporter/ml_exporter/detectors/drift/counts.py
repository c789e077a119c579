"""How often which value: what drift is told from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue.bins import SCORE_BINS, SCORES_A_CLASS
from ml_exporter.tallies import Sums
from ml_exporter.tallies.feature_bins import FIRST_VALUE, MISMATCHED, MISSING, OUT_OF_RANGE, STRIDE

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Counts by bin, bins rising and unique, (bins,) each."""

    bins: NDArray[np.int64]
    count: Floats

    @property
    def total(self) -> float:
        """Return how many there are."""
        return float(self.count.sum())


@dataclass(frozen=True)
class FeatureCounts:
    """What is known of one feature over some time."""

    missing: float
    mismatched: float
    out_of_range: float
    values: Counts
    """Bins of numbers, or codes of categories."""

    @property
    def given(self) -> float:
        """Return how many values there are, of whatever type."""
        return self.mismatched + self.values.total

    @property
    def rows(self) -> float:
        """Return how many requests there are."""
        return self.missing + self.given


def part_of(sums: Sums, bins: int, code: int) -> Sums:
    """Return the sums of one series, its cells counted from 0.

    Args:
        sums: of a tally.
        bins: how many the tally has.
        code: of the series.
    """
    first, after = np.searchsorted(sums.cells, [code * bins, (code + 1) * bins])
    return Sums(sums.cells[first:after] - code * bins, sums.values[first:after])


def summed(place: NDArray[np.intp], count: Floats, places: int) -> Floats:
    """Add counts up by their place, (places,)."""
    total = np.zeros(places)
    np.add.at(total, place, count)
    return total


def feature_counts(features: Sums, slot: int) -> FeatureCounts:
    """Read one feature out of the sums of one series."""
    own = part_of(features, STRIDE, slot)
    values = own.cells >= FIRST_VALUE
    wrong = np.zeros(FIRST_VALUE)
    wrong[own.cells[~values]] = own.values[~values, 0]
    counts = Counts(own.cells[values] - FIRST_VALUE, own.values[values, 0])
    return FeatureCounts(float(wrong[MISSING]), float(wrong[MISMATCHED]), float(wrong[OUT_OF_RANGE]), counts)


def predicted_counts(tally: str, predicted: Sums, *, by_score: bool) -> Counts:
    """Read what was predicted out of the sums of one series.

    Args:
        tally: the name of the tally.
        predicted: the sums.
        by_score: of a binary model, whether the scores are wanted, of predictions that have one, or the classes.
    """
    bins, count = predicted.cells, predicted.values[:, 0]
    if tally == "predicted_scores":
        score = bins % SCORES_A_CLASS
        scored = score < SCORE_BINS
        bins, count = (score[scored], count[scored]) if by_score else (bins // SCORES_A_CLASS, count)
    unique, place = np.unique(bins, return_inverse=True)
    return Counts(unique, summed(place, count, len(unique)))
