"""Metrics do not depend on the order in which feeds are read, nor on how events are batched."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.in_process import NOW, InProcess, label, monitoring, prediction
from tests.pipeline.offline import OfflineJoin

MODELS = [
    {"name": "fraud", "task": "binary", "segments": ["country"], "objectives": {"accuracy": 0.9}},
    {"name": "churn", "task": "binary"},
]
CONFIGURATION = monitoring(*MODELS, windows=["1h", "24h"])
SEGMENTS = {"fraud": ["country"]}

IDS = st.integers(0, 11).map(str)
AGES = st.floats(1, 86000)


@st.composite
def predictions(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a prediction; its content follows from its key, so that it does not matter which of two comes first."""
    identifier, model, version = draw(IDS), draw(st.sampled_from(["fraud", "churn"])), draw(st.sampled_from("12"))
    if draw(st.integers(0, 9)) == 0:
        return prediction(identifier, model_name=model, status="timeout", timestamp=NOW - draw(AGES), prediction=None)
    random = Random(f"{identifier} {model} {version}")
    return prediction(
        identifier,
        model_name=model,
        model_version=version,
        timestamp=NOW - random.uniform(1, 86000),
        prediction=None,
        score=random.random(),
        latency_seconds=random.random(),
        segment=random.choice([{}, {"country": "DE"}, {"country": "FR"}, {"country": None}]),
    )


@st.composite
def labels(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a label; what it says follows from its id."""
    identifier = draw(IDS)
    random = Random(identifier)
    changes: dict[str, Any] = {"timestamp": NOW - random.uniform(1, 86000)}
    if draw(st.booleans()):
        changes["model_name"] = draw(st.sampled_from(["fraud", "churn"]))
    return label(identifier, random.randrange(2), **changes)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_order_of_feeds_and_any_batching_give_the_metrics_of_an_offline_join(data: st.DataObject) -> None:
    events = [("predictions", event) for event in data.draw(st.lists(predictions(), max_size=30))]
    events += [("labels", event) for event in data.draw(st.lists(labels(), max_size=20))]
    shuffled = data.draw(st.permutations(events))
    cuts = data.draw(st.sets(st.integers(0, len(events)), max_size=8))
    offline = OfflineJoin(
        SEGMENTS,
        [event for feed, event in events if feed == "predictions"],
        [event for feed, event in events if feed == "labels"],
    )
    with tempfile.TemporaryDirectory() as folder:
        told = [
            run(Path(folder) / name, batches)
            for name, batches in (("in-order", batched(events, set())), ("shuffled", batched(shuffled, cuts)))
        ]
    assert told[0] == pytest.approx(told[1], rel=1e-9, abs=1e-12)
    offline.compare(told[0], offline.gauges("24h", NOW - 86400))


def batched(events: Sequence[tuple[str, Any]], cuts: set[int]) -> list[tuple[str, list[Any]]]:
    """Cut events into batches of one feed each."""
    batches: list[tuple[str, list[Any]]] = []
    for number, (feed, event) in enumerate(events):
        if number in cuts or not batches or batches[-1][0] != feed:
            batches.append((feed, []))
        batches[-1][1].append(event)
    return batches


def run(folder: Path, batches: Sequence[tuple[str, list[Any]]]) -> dict[Any, float]:
    """Take batches in, and return what /metrics shows."""
    exporter = InProcess(folder, CONFIGURATION)
    for feed, events in batches:
        exporter.process(feed, *events)
    metrics = exporter.tick()
    exporter.close()
    return dict(metrics)
