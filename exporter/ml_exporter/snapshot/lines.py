"""The lines of one family. All of a line but its value stays the same from tick to tick, and is kept.

A line begins with the break that ends the line before it, so that a line is two texts: the one kept and the value.
"""

from collections.abc import Sequence
from itertools import accumulate, compress

import numpy as np

from ml_exporter.catalogue import Family
from ml_exporter.snapshot.families import Column, Histogram, Labels
from ml_exporter.snapshot.label_text import SeriesText, beginning, pairs
from ml_exporter.snapshot.value_text import value_text, value_texts
from ml_exporter.tallies import Exemplar, SeriesKey


class FamilyLines:
    """Writes the lines of a family, and keeps the beginnings of those that it wrote last."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._rows: dict[Labels, bytes] = {}
        self._histograms: dict[Labels, list[bytes]] = {}
        self._columns: list[tuple[tuple[SeriesKey, ...], Labels]] = []
        self._of_columns: list[bytes] = []
        """The beginnings of the columns' lines, one column after the other."""

        self._edges = [*map(repr, family.edges), "+Inf"]

    def rows(self, rows: Sequence[tuple[Labels, float]]) -> list[bytes]:
        """Return the lines of samples."""
        known = self._rows
        self._rows = {labels: known.get(labels) or self._beginning(labels) for labels, _ in rows}
        values = value_texts(np.array([value for _, value in rows], dtype=np.float64))
        return _interleaved([self._rows[labels] for labels, _ in rows], values)

    def columns(self, columns: Sequence[Column], series: SeriesText) -> list[bytes]:
        """Return the lines of columns."""
        if not columns:
            return []
        described = [(column.keys, column.labels) for column in columns]
        if described != self._columns:
            self._columns = described
            self._of_columns = [
                text for keys, labels in described for text in series.beginnings(self._family, keys, labels)
            ]
        values = np.concatenate([column.values for column in columns])
        present = ~np.isnan(values)
        if present.all():
            return _interleaved(self._of_columns, value_texts(values))
        return _interleaved(list(compress(self._of_columns, present.tolist())), value_texts(values[present]))

    def histograms(self, histograms: Sequence[tuple[Labels, Histogram]], *, exemplars: bool) -> list[bytes]:
        """Return the lines of histograms: the buckets from the lowest on, then sum and count.

        Args:
            histograms: label values and counts.
            exemplars: whether to write those, too.
        """
        known = self._histograms
        self._histograms = {labels: known.get(labels) or self._histogram(labels) for labels, _ in histograms}
        counts = [
            count
            for _, histogram in histograms
            for cumulative in [list(accumulate(histogram.buckets))]
            for count in (*cumulative, histogram.total, cumulative[-1])
        ]
        values = value_texts(np.array(counts, dtype=np.float64))
        if exemplars:
            width = len(self._edges) + 2
            for place, (_, histogram) in enumerate(histograms):
                for bucket, exemplar in histogram.exemplars.items():
                    values[place * width + bucket] += _exemplar(exemplar)
        return _interleaved([text for labels, _ in histograms for text in self._histograms[labels]], values)

    def _beginning(self, labels: Labels) -> bytes:
        return beginning(self._family.name, pairs(self._family.labels, labels))

    def _histogram(self, labels: Labels) -> list[bytes]:
        name, own = self._family.name, pairs(self._family.labels, labels)
        buckets = [beginning(f"{name}_bucket", f'{own},le="{edge}"' if own else f'le="{edge}"') for edge in self._edges]
        return [*buckets, beginning(f"{name}_sum", own), beginning(f"{name}_count", own)]


def _exemplar(exemplar: Exemplar) -> bytes:
    """Write an exemplar; a trace id holds nothing that would have to be escaped."""
    latency, time = value_text(exemplar.latency), value_text(exemplar.timestamp)
    return b' # {trace_id="%b"} %b %b' % (exemplar.trace_id.encode(), latency, time)


def _interleaved(beginnings: list[bytes], values: list[bytes]) -> list[bytes]:
    """Return each line's beginning and its value, line after line."""
    parts = [b""] * (2 * len(values))
    parts[::2], parts[1::2] = beginnings, values
    return parts
