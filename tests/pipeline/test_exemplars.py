"""Exemplars: the newest request of each version and latency bucket that names a trace, and in OpenMetrics only."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.samples import Exemplar as ReadExemplar

from ml_exporter.catalogue import Family
from ml_exporter.catalogue.serving import LATENCY_EDGES
from ml_exporter.feeds.decoding.columns import trace_ids
from ml_exporter.snapshot import Renderer, Samples, Snapshot, openmetrics_format
from ml_exporter.snapshot.families import Histogram
from ml_exporter.tallies import Exemplar
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

_Place = tuple[str, str, str]
"""Model, version, upper edge of the bucket."""


def shown(snapshot: Snapshot) -> dict[_Place, ReadExemplar]:
    """Return the exemplars that Prometheus' client library reads."""
    families = read_openmetrics(snapshot.openmetrics.plain(b"").decode())
    return {
        (sample.labels["model_name"], sample.labels["model_version"], sample.labels["le"]): sample.exemplar
        for family in families
        for sample in family.samples
        if sample.exemplar is not None
    }


def test_openmetrics_shows_the_trace_of_a_request_in_its_bucket_and_the_text_format_does_not(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path)
    exporter.predict(
        prediction("a", latency_seconds=0.2, trace_id="4bf92f3577b34da6a3ce929d0e0e4736"),
        prediction("b", latency_seconds=0.21),
        prediction("c", trace_id="no latency"),
    )
    snapshot = exporter.snapshot()
    exemplars = shown(snapshot)
    assert list(exemplars) == [("fraud", "v1", "0.25")]
    (exemplar,) = exemplars.values()
    assert exemplar.labels == {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
    assert (exemplar.value, float(exemplar.timestamp)) == (0.2, NOW - 60)
    assert b"trace_id" not in snapshot.text.plain(b"")


def test_of_many_requests_the_newest_of_each_version_and_bucket_is_shown(tmp_path: Path, start: Start) -> None:
    chance = random.Random(7)
    others = {"name": "churn", "task": "multiclass", "classes": ["1", "2"]}
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary"}, others))
    newest: dict[_Place, Mapping[str, Any]] = {}
    for batch in range(5):
        events = [
            prediction(
                f"{batch}-{row}",
                model_name=chance.choice(["fraud", "churn"]),
                model_version=chance.choice(["v1", "v2"]),
                timestamp=NOW - chance.randrange(100_000) / 8,
                latency_seconds=chance.choice([None, chance.lognormvariate(-3, 2), 0.1, 0.0, 60.0]),
                trace_id=chance.choice([None, f"trace-{batch}-{row}"]),
                status=chance.choice([None, "timeout"]),
            )
            for row in range(200)
        ]
        exporter.predict(*events)
        for event in events:
            if "latency_seconds" in event and "trace_id" in event:
                edge = next((str(edge) for edge in LATENCY_EDGES if event["latency_seconds"] <= edge), "+Inf")
                place = (event["model_name"], event["model_version"], edge)
                if place not in newest or event["timestamp"] > newest[place]["timestamp"]:
                    newest[place] = event
        exemplars = shown(exporter.snapshot())
        assert {place: one.labels["trace_id"] for place, one in exemplars.items()} == {
            place: event["trace_id"] for place, event in newest.items()
        }
        assert all(float(one.timestamp) == newest[place]["timestamp"] for place, one in exemplars.items())


def test_a_duplicate_is_no_exemplar(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path)
    exporter.predict(prediction("a", latency_seconds=0.2, trace_id="first"))
    exporter.predict(prediction("a", latency_seconds=0.2, trace_id="again", timestamp=NOW))
    assert [one.labels["trace_id"] for one in shown(exporter.snapshot()).values()] == ["first"]


@pytest.mark.parametrize("trace_id", ["", "x" * 121, "a b", 'a"b', "a\\b", "ä", "a\n", 7, ["a"], True, {"a": 1}])
def test_what_can_be_no_exemplar_costs_no_event(tmp_path: Path, start: Start, trace_id: object) -> None:
    exporter = start(tmp_path)
    exporter.predict(prediction("a", latency_seconds=0.2, trace_id=trace_id))
    snapshot = exporter.snapshot()
    assert shown(snapshot) == {}
    assert b'ml_predictions_total{model_name="fraud",model_version="v1"} 1.0' in snapshot.text.plain(b"")


def test_the_exemplars_of_a_version_that_is_retired_are_forgotten(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary", "retire_after": "1h"}))
    exporter.predict(prediction("a", latency_seconds=0.2, trace_id="old"))
    exporter.predict(prediction("b", model_version="v2", latency_seconds=0.2, trace_id="new", timestamp=NOW))
    assert [version for _, version, _ in shown(exporter.snapshot())] == ["v1", "v2"]
    exporter.at = NOW + 3590
    assert [version for _, version, _ in shown(exporter.snapshot())] == ["v2"]
    exporter.label(label("a", timestamp=NOW + 3580))
    assert [version for _, version, _ in shown(exporter.snapshot())] == ["v2"], "it is shown again without its past"


@given(trace_id=st.text(max_size=130))
def test_any_text_is_a_trace_id_that_needs_no_escaping_or_none(trace_id: str) -> None:
    (kept,) = trace_ids([trace_id])
    assert kept in {trace_id, ""}
    if kept:
        assert len(kept) <= 120
        assert kept.isascii()
        assert kept.isprintable()
        assert not set('"\\ ') & set(kept)


@given(trace_id=st.text("!#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[]^_`abcxyz{|}~", min_size=1, max_size=120))
def test_every_trace_id_that_is_taken_can_be_read_back(trace_id: str) -> None:
    assert list(trace_ids([trace_id])) == [trace_id]
    family = Family("ml_x_seconds", "histogram", "X.", (), "test", edges=(1.0,))
    histogram = Histogram((1, 1), 3.0, {1: Exemplar(trace_id, 2.5, 1e9)})
    text = openmetrics_format(Renderer().render([Samples(family, histograms=[((), histogram)])])) + b"# EOF\n"
    (read,) = read_openmetrics(text.decode())
    exemplar = read.samples[1].exemplar
    assert exemplar is not None
    assert (exemplar.labels, exemplar.value) == ({"trace_id": trace_id}, 2.5)
