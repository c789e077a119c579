"""Draws families for tests: any labels, any values that a family's type may have."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from ml_exporter.catalogue import Family, FamilyType
from ml_exporter.catalogue.definition import segment_family, series_labels
from ml_exporter.snapshot import Samples
from ml_exporter.snapshot.families import Column, Histogram
from ml_exporter.tallies import Exemplar, SeriesKey

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", '"', "\\", "\\n", "\n", 'a"b\\c\nd# EOF\n# HELP x y\n{}', "} 1\nml_fake 2", "\r", "\u2028", "ä→☃", "NaN"]
)
_HELP = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=8).map(
    lambda text: " ".join(f"Things {text}".split())
)
_NUMBERS = st.floats(width=64) | st.integers(-(10**20), 10**20).map(float)
_COUNTS = st.floats(0, 1e300) | st.integers(0, 10**20).map(float)
_OWN = st.lists(st.sampled_from(["class", "actual", "predicted", "feature"]), unique=True, max_size=2).map(tuple)


@st.composite
def filled(draw: st.DrawFn) -> list[Samples]:
    """Draw up to four families with samples."""
    kinds = draw(st.lists(st.sampled_from(["gauge", "counter", "histogram", "columns"]), max_size=4))
    return [_DRAWN[kind](draw, f"ml_{place}_{kind}") for place, kind in enumerate(kinds)]


def _rows(draw: st.DrawFn, name: str, kind: FamilyType, numbers: st.SearchStrategy[float]) -> Samples:
    labels = draw(_OWN)
    family = Family(name, kind, draw(_HELP), labels, "test")
    values = st.tuples(*([_TEXTS] * len(labels)))
    return Samples(family, draw(st.lists(st.tuples(values, numbers), max_size=5, unique_by=lambda row: row[0])))


def _gauge(draw: st.DrawFn, name: str) -> Samples:
    return _rows(draw, name, "gauge", _NUMBERS)


def _counter(draw: st.DrawFn, name: str) -> Samples:
    return _rows(draw, f"{name}_total", "counter", _COUNTS)


def _histogram(draw: st.DrawFn, name: str) -> Samples:
    edges = draw(st.lists(st.floats(0, 1e6), min_size=1, max_size=3, unique=True).map(sorted))
    labels = draw(_OWN)
    family = Family(name, "histogram", draw(_HELP), labels, "test", edges=tuple(edges))
    counts = st.lists(st.integers(0, 10**6).map(float), min_size=len(edges) + 1, max_size=len(edges) + 1).map(tuple)
    traced = st.builds(Exemplar, st.text("abc019", min_size=1), st.floats(0, 1e6), st.floats(1, 2e9))
    exemplars = st.dictionaries(st.integers(0, len(edges)), traced, max_size=2)
    histograms = st.builds(Histogram, counts, _COUNTS, exemplars)
    values = st.tuples(*([_TEXTS] * len(labels)))
    rows = draw(st.lists(st.tuples(values, histograms), max_size=3, unique_by=lambda row: row[0]))
    return Samples(family, histograms=rows)


def _columns(draw: st.DrawFn, name: str) -> Samples:
    """Draw columns as ticks have them: some series in several windows, with further labels or without."""
    own = draw(_OWN)
    family = Family(name, "gauge", draw(_HELP), (*series_labels(), *own), "test")
    if draw(st.booleans()):
        family = segment_family(family)
    keys = draw(st.lists(st.tuples(*([_TEXTS] * 4)), min_size=1, max_size=4, unique=True))
    sliced = "segment_key" in family.labels
    series = tuple({SeriesKey(*key) if sliced else SeriesKey(*key[:2]) for key in keys})
    further = draw(st.lists(st.tuples(*([_TEXTS] * (1 + len(own)))), max_size=3, unique=True))
    numbers = st.lists(_NUMBERS, min_size=len(series), max_size=len(series))
    return Samples(family, columns=[Column(series, np.array(draw(numbers)), labels) for labels in further])


_DRAWN = {"gauge": _gauge, "counter": _counter, "histogram": _histogram, "columns": _columns}


def changed(before: Sequence[Samples], draw: st.DrawFn) -> list[Samples]:
    """Draw what the next tick might have: the same families, and some of the samples with other values."""
    return [_changed(samples, draw) for samples in before if draw(st.booleans())]


def _changed(samples: Samples, draw: st.DrawFn) -> Samples:
    keep = [row for row in samples.values if draw(st.booleans())]
    columns = [
        Column(column.keys, np.where(draw(st.booleans()), np.nan, column.values + 1), column.labels)
        for column in samples.columns
    ]
    histograms = [row for row in samples.histograms if draw(st.booleans())]
    return Samples(samples.family, [(labels, value) for labels, value in reversed(keep)], histograms, columns)
