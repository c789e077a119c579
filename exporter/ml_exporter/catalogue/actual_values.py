"""What the actual numbers are like: what R2 and the weighted percentage error compare errors with."""

from collections.abc import Callable, Iterable
from functools import partial

from ml_exporter.catalogue.definition import Model, Row, Spread, Statistics
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.regression import REGRESSION, Array, family
from ml_exporter.catalogue.sums_of_squares import squares_around_mean


def _sum(sums: Statistics) -> Array:
    return sums["regression.coarse"] + sums["regression.fine"]


def _sum_of_amounts(sums: Statistics) -> Array:
    return sums["regression.absolute_actual"]


def _mean(total: Callable[[Statistics], Array], sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), divide(total(sums), sums["outcomes.count"]))]


def _one(_model: Model) -> int:
    return 1


_SHOWN: tuple[tuple[str, str, Callable[[Statistics], Array]], ...] = (
    ("ml_actual_value_mean", "Mean of the actual values in the window.", _sum),
    (
        "ml_actual_value_mean_amount",
        "Mean amount, without the sign, of the actual values in the window.",
        _sum_of_amounts,
    ),
    (
        "ml_actual_value_variance",
        "Variance of the actual values in the window: the mean square of their distance from their mean. Absent where"
        " they vary by less than two ten-millionths of their size, as rounding hides that.",
        squares_around_mean,
    ),
)

SPREADS = tuple(
    Spread(family(name, help_text), REGRESSION, partial(_mean, total), _one) for name, help_text, total in _SHOWN
)
