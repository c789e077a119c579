"""Outcome tallies of the regression task: moments of errors and of what was true, residuals, prediction intervals."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue.value_bins import VALUE_BINS, value_bin
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.regression import LOWER, PREDICTED, SMALLEST, UPPER
from ml_exporter.tallies.kind import Contributions, Tally, everything

_REGRESSION = frozenset({"regression"})
_COARSE_BITS = 13
"""So that the sum of the squares of up to 2^27 coarse parts of one order of magnitude is exact."""


def _predicted_and_actual(outcomes: Outcomes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return outcomes.payload[:, PREDICTED], outcomes.actual[:, 0]


def _split(numbers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each number as the sum of a coarse part, of few bits, and a fine one, at most 2^-13 of it; both exact.

    Sums of squares of numbers that lie closely around one far from 0 lose what they vary by; those of the parts do not
    (see ``catalogue.explained_variance``), and unlike sums of distances from a centre they can be merged.
    """
    mantissa, exponent = np.frexp(numbers)
    coarse = np.ldexp(np.rint(mantissa * 2.0**_COARSE_BITS), exponent - _COARSE_BITS)
    return coarse, numbers - coarse


def _errors(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    predicted, actual = _predicted_and_actual(outcomes)
    error = predicted - actual
    amount, size = np.abs(error), np.abs(actual)
    squared = error**2
    coarse, fine = _split(actual)
    nonzero = size >= SMALLEST
    percentage = np.where(nonzero, amount / np.where(nonzero, size, 1.0), 0.0)
    both = (size + np.abs(predicted)) / 2
    symmetric = np.where(both > 0, amount / np.where(both > 0, both, 1.0), 0.0)
    columns = (
        error,
        amount,
        squared,
        squared**2,
        coarse,
        coarse**2,
        fine,
        coarse * fine,
        fine**2,
        actual**3,
        actual**4,
        squared * actual,
        squared * actual**2,
        nonzero * size,
        nonzero * amount * size,
        nonzero,
        percentage,
        percentage**2,
        symmetric,
        symmetric**2,
    )
    rows = len(outcomes)
    return Contributions(everything(rows), np.zeros(rows, dtype=np.int64), np.column_stack(columns).astype(np.float64))


def _residuals(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    predicted, actual = _predicted_and_actual(outcomes)
    rows = len(outcomes)
    return Contributions(everything(rows), value_bin(predicted - actual), np.ones((rows, 1)))


def _intervals(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    given = ~np.isnan(outcomes.payload[:, LOWER])
    lower, upper, actual = outcomes.payload[given, LOWER], outcomes.payload[given, UPPER], outcomes.actual[given, 0]
    width = upper - lower
    covered = (lower <= actual) & (actual <= upper)
    return Contributions(
        given,
        np.zeros(len(width), dtype=np.int64),
        np.column_stack([np.ones_like(width), covered, width, width**2]).astype(np.float64),
    )


TALLIES = (
    Tally(
        name="regression",
        source="outcomes",
        columns=(
            "error",
            "absolute_error",
            "squared_error",
            "squared_error_squared",
            "coarse",
            "coarse_squared",
            "fine",
            "coarse_fine",
            "fine_squared",
            "actual_cubed",
            "actual_fourth",
            "squared_error_actual",
            "squared_error_actual_squared",
            "absolute_actual",
            "absolute_error_absolute_actual",
            "nonzero",
            "percentage_error",
            "percentage_error_squared",
            "symmetric_error",
            "symmetric_error_squared",
        ),
        contribute=_errors,
        tasks=_REGRESSION,
    ),
    Tally(
        name="residuals",
        source="outcomes",
        columns=("count",),
        contribute=_residuals,
        tasks=_REGRESSION,
        bins=VALUE_BINS,
        histogram=True,
        sliced=False,
    ),
    Tally(
        name="prediction_intervals",
        source="outcomes",
        columns=("count", "covered", "width", "width_squared"),
        contribute=_intervals,
        tasks=_REGRESSION,
    ),
)
