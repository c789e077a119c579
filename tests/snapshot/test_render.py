"""Both formats, read back by Prometheus' own client library: they mean what the library itself writes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from ml_exporter.catalogue import Family
from ml_exporter.catalogue.definition import series_labels
from ml_exporter.snapshot import Renderer, Samples, openmetrics_format, text_format
from ml_exporter.snapshot.families import Column, Histogram
from ml_exporter.snapshot.render import OPENMETRICS_END
from ml_exporter.tallies import Exemplar, SeriesKey
from tests.snapshot import drawing
from tests.snapshot.library import openmetrics_by_the_library, text_by_the_library

_HOSTILE = 'a"b\\c\nd# EOF\n# HELP x y\n{}'
_COUNTER = Family("ml_events_total", "counter", 'Events, "good" ones \\ and others.', ("kind", "by"), "test")
_GAUGE = Family("ml_total_of_things", "gauge", "Things.", (), "test")
_HISTOGRAM = Family("ml_wait_seconds", "histogram", "Waiting.", ("kind",), "test", edges=(0.5, 1.0, 10.0))
_SUMMARY = Family("ml_delay_seconds", "summary", "Delay.", ("quantile",), "test")
_ACCURACY = Family("ml_accuracy_ratio", "gauge", "Share.", series_labels(), "test")
_EXEMPLARS = {0: Exemplar("4bf9", 0.25, 1.7e9), 3: Exemplar("a1", 12.5, 1.7e9)}
_FILLED = [
    Samples(_COUNTER, [(("a", _HOSTILE), 3.0), (("", "ä→"), 1e18)]),
    Samples(_GAUGE, [((), -0.1)]),
    Samples(_HISTOGRAM, histograms=[((_HOSTILE,), Histogram((1, 2, 0, 4), 48.5, _EXEMPLARS))]),
    Samples(_SUMMARY, [(("0.5",), 0.25), (("0.99",), 2.0)]),
]
_SERIES = (SeriesKey("fraud", "v1"), SeriesKey("fraud", "v2"))


def test_families_are_written_in_the_order_given_with_their_help_and_their_samples() -> None:
    assert text_format(Renderer().render(_FILLED)).decode().splitlines() == [
        r'# HELP ml_events_total Events, "good" ones \\ and others.',
        "# TYPE ml_events_total counter",
        r'ml_events_total{kind="a",by="a\"b\\c\nd# EOF\n# HELP x y\n{}"} 3.0',
        'ml_events_total{kind="",by="ä→"} 1e18',
        "# HELP ml_total_of_things Things.",
        "# TYPE ml_total_of_things gauge",
        "ml_total_of_things -0.1",
        "# HELP ml_wait_seconds Waiting.",
        "# TYPE ml_wait_seconds histogram",
        r'ml_wait_seconds_bucket{kind="a\"b\\c\nd# EOF\n# HELP x y\n{}",le="0.5"} 1.0',
        r'ml_wait_seconds_bucket{kind="a\"b\\c\nd# EOF\n# HELP x y\n{}",le="1.0"} 3.0',
        r'ml_wait_seconds_bucket{kind="a\"b\\c\nd# EOF\n# HELP x y\n{}",le="10.0"} 3.0',
        r'ml_wait_seconds_bucket{kind="a\"b\\c\nd# EOF\n# HELP x y\n{}",le="+Inf"} 7.0',
        r'ml_wait_seconds_sum{kind="a\"b\\c\nd# EOF\n# HELP x y\n{}"} 48.5',
        r'ml_wait_seconds_count{kind="a\"b\\c\nd# EOF\n# HELP x y\n{}"} 7.0',
        "# HELP ml_delay_seconds Delay.",
        "# TYPE ml_delay_seconds summary",
        'ml_delay_seconds{quantile="0.5"} 0.25',
        'ml_delay_seconds{quantile="0.99"} 2.0',
    ]


def test_openmetrics_calls_a_counter_without_total_escapes_quotes_in_help_and_has_exemplars() -> None:
    lines = openmetrics_format(Renderer().render(_FILLED)).decode().splitlines()
    assert lines[:2] == [r"# HELP ml_events Events, \"good\" ones \\ and others.", "# TYPE ml_events counter"]
    assert lines[2].startswith("ml_events_total{")
    assert [line.partition(" # ")[2] for line in lines if "_bucket" in line] == [
        '{trace_id="4bf9"} 0.25 1700000000.0',
        "",
        "",
        '{trace_id="a1"} 12.5 1700000000.0',
    ]
    assert not any("_created" in line for line in lines)


def test_the_committed_examples_mean_what_the_library_writes() -> None:
    _means_the_same(Renderer(), _FILLED)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.data())
def test_whatever_is_rendered_means_what_the_library_writes_tick_after_tick(data: st.DataObject) -> None:
    renderer, ticks = Renderer(), [data.draw(drawing.filled())]
    ticks.append(drawing.changed(ticks[0], data.draw))
    for tick in (*ticks, ticks[0]):
        _means_the_same(renderer, tick)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 5e-324, 1.7976931348623157e308, -0.0])
def test_a_value_beyond_the_ordinary_comes_back_as_it_is(value: float) -> None:
    _means_the_same(Renderer(), [Samples(_GAUGE, [((), value)])])


def test_a_series_without_a_value_has_no_line_and_a_family_without_lines_no_head() -> None:
    renderer = Renderer()
    some = Samples(_ACCURACY, columns=[Column(_SERIES, np.array([np.nan, 0.5]), ("1h",))])
    none = Samples(_ACCURACY, columns=[Column(_SERIES, np.array([np.nan, np.nan]), ("1h",))])
    assert text_format(renderer.render([some])).decode().splitlines() == [
        "# HELP ml_accuracy_ratio Share.",
        "# TYPE ml_accuracy_ratio gauge",
        'ml_accuracy_ratio{model_name="fraud",model_version="v2",window="1h"} 0.5',
    ]
    assert text_format(renderer.render([none])) == b""
    assert renderer.render([]) == []


def test_labels_that_a_family_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Renderer().render([Samples(_COUNTER, [(("a",), 1.0)])])
    with pytest.raises(ValueError, match="ml_events_total do not begin with model_name, model_version"):
        Renderer().render([Samples(_COUNTER, columns=[Column(_SERIES, np.array([1.0, 2.0]))])])


def test_lines_of_samples_that_are_gone_are_not_kept() -> None:
    renderer = Renderer()
    for number in range(3):
        renderer.render([Samples(_COUNTER, [((str(number), "x"), 1.0)]), Samples(_GAUGE, [((), 1.0)])])
    (counter, _) = renderer._lines.values()
    assert list(counter._rows) == [("2", "x")]
    renderer.render([])
    assert not renderer._lines


def _means_the_same(renderer: Renderer, filled: list[Samples]) -> None:
    parts = renderer.render(filled)
    text, openmetrics = text_format(parts).decode(), (openmetrics_format(parts) + OPENMETRICS_END).decode()
    shown = [samples for samples in filled if _has_samples(samples)]
    assert _meaning(read_text(text)) == _meaning(read_text(text_by_the_library(shown).decode()))
    assert _meaning(read_openmetrics(openmetrics)) == _meaning(
        read_openmetrics(openmetrics_by_the_library(shown).decode())
    )


def _has_samples(samples: Samples) -> bool:
    in_columns = any((~np.isnan(column.values)).any() for column in samples.columns)
    return bool(samples.values or samples.histograms or in_columns)


def _meaning(families: Iterable[Metric]) -> list[Any]:
    """Return all that was read, so that NaN equals NaN, and 0 not -0."""
    return [
        (one.name, one.type, one.documentation, one.unit, [_sample(sample) for sample in one.samples])
        for one in families
    ]


def _sample(sample: Any) -> Any:
    return sample.name, sample.labels, repr(sample.value), sample.timestamp, sample.exemplar
