"""The exposition's formats: read back by Prometheus' own client library, plain and compressed."""

import gzip
import zlib
from collections.abc import Iterable

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.registry import Collector

from ml_exporter.catalogue import Family
from ml_exporter.snapshot import Exposition, Samples, openmetrics, render
from ml_exporter.snapshot.families import Histogram
from ml_exporter.snapshot.render import OPENMETRICS_END

_HOSTILE = 'a"b\\c\nd# EOF\n# HELP x y\n{}'
_COUNTER = Family("ml_events_total", "counter", 'Events, "good" ones \\ and others.', ("kind", "by"), "test")
_GAUGE = Family("ml_total_of_things", "gauge", "Things.", (), "test")
_HISTOGRAM = Family("ml_wait_seconds", "histogram", "Waiting.", ("kind",), "test", edges=(0.5, 1.0, 10.0))
_SUMMARY = Family("ml_delay_seconds", "summary", "Delay.", ("quantile",), "test")
_FILLED = [
    Samples(_COUNTER, [(("a", _HOSTILE), 3.0), (("", "ä→"), 1e18)]),
    Samples(_GAUGE, [((), -0.1)]),
    Samples(_HISTOGRAM, histograms=[((_HOSTILE,), Histogram((1, 2, 0, 4), 48.5))]),
    Samples(_SUMMARY, [(("0.5",), 0.25), (("0.99",), 2.0)]),
]


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _by_the_library(filled: list[Samples]) -> bytes:
    """Return the same in OpenMetrics as the library writes it by itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(list(read_text(render(filled).decode()))))
    return bytes(generate_latest(registry))


def test_openmetrics_is_what_the_library_writes() -> None:
    assert openmetrics(render(_FILLED)) + OPENMETRICS_END == _by_the_library(_FILLED)


def test_both_formats_hold_the_same_samples_whatever_stands_in_a_label() -> None:
    text = render(_FILLED)
    as_text = list(read_text(text.decode()))
    as_openmetrics = list(read_openmetrics((openmetrics(text) + OPENMETRICS_END).decode()))
    assert [family.name for family in as_openmetrics] == [
        "ml_events", "ml_total_of_things", "ml_wait_seconds", "ml_delay_seconds",
    ]  # fmt: skip
    assert [family.samples for family in as_openmetrics] == [family.samples for family in as_text]
    assert [family.documentation for family in as_openmetrics] == [family.documentation for family in as_text]
    assert as_text[0].samples[0].labels == {"kind": "a", "by": _HOSTILE}


def test_no_sample_tells_when_a_series_was_created() -> None:
    assert b"_created" not in openmetrics(render(_FILLED))


def test_nothing_is_openmetrics_too() -> None:
    assert openmetrics(render([])) == b""


@given(value=st.text(max_size=30), help_text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_survives_as_a_label_and_as_help(value: str, help_text: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return  # no UTF-8: the decoders refuse it before it comes here
    words = " ".join(help_text.split())  # a help text is ours: one line
    family = Family("ml_x_total", "counter", f"A {words}", ("by",), "test")
    text = openmetrics(render([Samples(family, [((value,), 1.0)])])) + OPENMETRICS_END
    (read,) = read_openmetrics(text.decode())
    assert read.samples[0].labels == {"by": value}
    assert read.documentation == f"A {words}"


@given(text=st.binary(max_size=3000), further=st.binary(max_size=300), end=st.sampled_from([b"", OPENMETRICS_END]))
def test_compressed_and_plain_are_the_same_and_one_member(text: bytes, further: bytes, end: bytes) -> None:
    exposition = Exposition.of(text, end)
    plain = exposition.plain(further)
    assert plain == text + further + end
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert reader.decompress(exposition.gzipped(further)) == plain
    assert reader.eof
    assert reader.unused_data == b"", "several members: clients that read the first only would miss the rest"


@given(text=st.binary(max_size=3000), further=st.binary(max_size=300), end=st.sampled_from([b"", OPENMETRICS_END]))
@example(text=b"a 1\n" * 1000, further=b"x" * 300_000, end=b"")
@example(text=b"x", further=b"y" * 131_072, end=b"")
def test_zstandard_and_plain_are_the_same_and_one_frame(text: bytes, further: bytes, end: bytes) -> None:
    exposition = Exposition.of(text, end)
    for _ in range(2):  # what was compressed for the first scrape is there for the second
        reader = zstandard.ZstdDecompressor().decompressobj()
        assert reader.decompress(exposition.zstandard(further)) == exposition.plain(further)
        assert reader.eof
        assert reader.unused_data == b""


@pytest.mark.parametrize("further", [b"", b"a 1\n"])
def test_compressing_pays(further: bytes) -> None:
    text = b"".join(b'ml_x{model="m%d"} %d\n' % (number % 10, number) for number in range(5000))
    exposition = Exposition.of(text)
    assert gzip.decompress(exposition.gzipped(further)) == text + further
    assert len(exposition.gzipped(further)) < len(text) / 4
    assert len(exposition.zstandard(further)) < len(text) / 4
