"""The confusion matrix: outcomes by actual and predicted class, in the window, as shares, and since the beginning."""

from collections.abc import Iterable

import numpy as np

from ml_exporter.catalogue.classification import AREA, TASKS, Array, confusion_matrix, family
from ml_exporter.catalogue.definition import OTHER, Family, Model, Row, Spread, Statistics, series_labels
from ml_exporter.catalogue.intervals import divide

CONFUSION_OUTCOMES = family(
    "ml_confusion_outcomes",
    "Outcomes in the window by actual and predicted class; those of the cells beyond max_confusion_cells together,"
    " as __other__.",
    "actual",
    "predicted",
)
CONFUSION_RATIO = family(
    "ml_confusion_ratio",
    "Of the outcomes of the actual class, the share that was predicted as each class.",
    "actual",
    "predicted",
)
CONFUSION_TOTAL = Family(
    "ml_confusion_total",
    "counter",
    "Outcomes by actual and predicted class since the store was made; those of the cells beyond max_confusion_cells"
    " together, as __other__.",
    (*series_labels(window=False), "actual", "predicted"),
    AREA,
)


def _outcomes(sums: Statistics, model: Model) -> Iterable[Row]:
    counts = _cells(sums, model)
    shown = _shown(counts, model)
    yield from _rows(np.where(shown, counts, np.nan), model)
    if counts.shape[1] > model.max_confusion_cells:
        yield (OTHER, OTHER), np.where(shown, 0.0, counts).sum(axis=1)


def _ratios(sums: Statistics, model: Model) -> Iterable[Row]:
    counts = _cells(sums, model)
    classes = len(model.class_names)
    actual = np.repeat(counts.reshape(-1, classes, classes).sum(axis=2), classes, axis=1)
    yield from _rows(np.where(_shown(counts, model), divide(counts, actual), np.nan), model)


def _cells(sums: Statistics, model: Model) -> Array:
    """Return the matrix row by row, (series, classes x classes)."""
    matrix = confusion_matrix(model.task, sums, len(model.class_names))
    return matrix.reshape(len(matrix), -1)


def _shown(counts: Array, model: Model) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell which cells a series shows: all, or past the limit its fullest ones, (series, cells)."""
    shown = np.ones(counts.shape, dtype=np.bool_)
    if counts.shape[1] > model.max_confusion_cells:
        beyond = np.argsort(-counts, axis=1, kind="stable")[:, model.max_confusion_cells :]
        np.put_along_axis(shown, beyond, values=False, axis=1)
        shown &= counts > 0
    return shown


def _rows(cells: Array, model: Model) -> Iterable[Row]:
    names = model.class_names
    for cell in np.flatnonzero(~np.isnan(cells).all(axis=0)).tolist():
        yield (names[cell // len(names)], names[cell % len(names)]), cells[:, cell]


def _cell_count(model: Model) -> int:
    return min(len(model.class_names) ** 2, model.max_confusion_cells)


def _cell_count_with_rest(model: Model) -> int:
    cells = len(model.class_names) ** 2
    return cells if cells <= model.max_confusion_cells else model.max_confusion_cells + 1


SPREADS = (
    Spread(CONFUSION_OUTCOMES, frozenset(TASKS), _outcomes, _cell_count_with_rest),
    Spread(CONFUSION_RATIO, frozenset(TASKS), _ratios, _cell_count),
    Spread(CONFUSION_TOTAL, frozenset(TASKS), _outcomes, _cell_count_with_rest, since_the_beginning=True),
)
