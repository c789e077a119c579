"""From families to what Prometheus reads: its text format 0.0.4, and OpenMetrics 1.0.

For our families both formats have the same lines, but for what stands above the samples (in OpenMetrics a counter lacks
its ``_total`` there, and quotes in a help text are escaped) and for exemplars, which only OpenMetrics has.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ml_exporter.catalogue import Family
from ml_exporter.snapshot.families import Samples
from ml_exporter.snapshot.label_text import SeriesText
from ml_exporter.snapshot.lines import FamilyLines

OPENMETRICS_END = b"# EOF\n"
"""What OpenMetrics wants after the last family."""


@dataclass(frozen=True)
class Written:
    """A part of the exposition in each format: one object, where both have the same."""

    text: bytes
    openmetrics: bytes

    @property
    def alike(self) -> bool:
        """Whether both formats have the same."""
        return self.text is self.openmetrics


class Renderer:
    """Renders families, and keeps what stays the same until the next time."""

    def __init__(self) -> None:
        self._lines: dict[Family, FamilyLines] = {}
        self._heads: dict[Family, Written] = {}

    def render(self, filled: Iterable[Samples]) -> list[Written]:
        """Return the exposition in parts: families and samples in the order given; families without samples left out.

        Args:
            filled: each family once.

        Raises:
            ValueError: a sample has not as many label values as its family has labels.
        """
        known, series = self._lines, SeriesText()
        self._lines = {}
        parts: list[Written] = []
        for samples in filled:
            family = samples.family
            self._lines[family] = lines = known.get(family) or FamilyLines(family)
            written = _samples(samples, lines, series)
            if written is not None:
                parts += [self._head(family), written]
        return parts

    def _head(self, family: Family) -> Written:
        if family not in self._heads:
            self._heads[family] = _head(family)
        return self._heads[family]


def text_format(parts: Iterable[Written]) -> bytes:
    """Put the exposition together in the text format."""
    return b"".join(part.text for part in parts)


def openmetrics_format(parts: Iterable[Written]) -> bytes:
    """Put the exposition together in OpenMetrics, without the mark that ends it."""
    return b"".join(part.openmetrics for part in parts)


def _samples(samples: Samples, lines: FamilyLines, series: SeriesText) -> Written | None:
    """Return a family's samples; ``None``: it has none."""
    parts = lines.rows(samples.values) + lines.columns(samples.columns, series)
    histograms = lines.histograms(samples.histograms, exemplars=False)
    if not parts and not histograms:
        return None
    text = b"".join([*parts, *histograms, b"\n"])
    if not any(histogram.exemplars for _, histogram in samples.histograms):
        return Written(text, text)
    return Written(text, b"".join([*parts, *lines.histograms(samples.histograms, exemplars=True), b"\n"]))


def _head(family: Family) -> Written:
    """Return what stands above the samples, up to the end of its last line, which the first sample writes."""
    words = family.help.replace("\\", r"\\").replace("\n", r"\n")
    text = _head_lines(family.name, words, family.type)
    name = family.name.removesuffix("_total") if family.type == "counter" else family.name
    openmetrics = _head_lines(name, words.replace('"', r"\""), family.type)
    return Written(text, text if text == openmetrics else openmetrics)


def _head_lines(name: str, words: str, kind: str) -> bytes:
    return f"# HELP {name} {words}\n# TYPE {name} {kind}".encode()
