"""A metric over time: each span's value is that of its own events, whatever the buckets it is made of."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from ml_exporter import catalogue
from ml_exporter.snapshot import Observation, Spans, spans_of, tallies_of, time_series
from tests.pipeline.in_process import InProcess, label, monitoring, prediction
from tests.snapshot.golden import CONFIGURATION

_BEGIN = 1_700_006_400.0  # a whole hour
_HOURS = 7
_END = _BEGIN + _HOURS * 3600 + 130

Row = tuple[float, float, int, str]
"""Time, score, what was true, and the country."""


@pytest.fixture(scope="module", name="rows")
def _rows() -> list[Row]:
    chance = Random(7)
    rows = []
    for number in range(1500):
        at = _BEGIN + (_END - _BEGIN) * number / 1500
        score = chance.random()
        rows.append((at, score, int(chance.random() < score), chance.choice(["DE", "FR"])))
    return rows


@pytest.fixture(scope="module", name="observation")
def _observation(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> Observation:
    """Events of seven hours, taken in as they come, with a tick every half an hour that rolls the past up."""
    model = {"name": "fraud", "task": "binary", "segments": ["country"]}
    exporter = InProcess(tmp_path_factory.mktemp("store"), monitoring(model), _BEGIN)
    for begin in range(0, len(rows), 100):
        some = list(enumerate(rows))[begin : begin + 100]
        exporter.at = some[-1][1][0] + 1
        said: list[dict[str, Any]] = [
            prediction(f"{id_}", timestamp=at, prediction=None, score=score, segment={"country": country})
            for id_, (at, score, _, country) in some
        ]
        exporter.predict(*said)
        exporter.label(*(label(f"{id_}", actual, timestamp=at) for id_, (at, _, actual, _) in some))
        exporter.tick()
    exporter.at = _END
    observation = exporter.snapshot().observation
    exporter.close()
    return observation


def _within(rows: list[Row], start: float, step: float) -> list[Row]:
    return [row for row in rows if start <= row[0] < start + step]


def _spans(observation: Observation, metric: str, window: float, step: float | None = None) -> Spans:
    model = observation.monitoring.models[0]
    read = tallies_of(catalogue.metric(metric, model.task), observation.windows[0], model)
    return spans_of(observation, read, window, step, 300)


@pytest.mark.parametrize("window", [300.0, 3600.0, 3 * 3600.0, 6.5 * 3600])
def test_each_span_has_the_accuracy_of_its_own_events(observation: Observation, rows: list[Row], window: float) -> None:
    model = observation.monitoring.models[0]
    spans = _spans(observation, "accuracy", window)
    found = time_series(observation, catalogue.metric("accuracy", "binary"), model, [0], spans)
    assert _END - window <= spans.first
    assert spans.starts[-1] <= _END < spans.end
    for place, start in enumerate(spans.starts):
        own = _within(rows, start, spans.step)
        assert found.events[0, place] == len(own)
        if own:
            said = [score >= 0.5 for _, score, _, _ in own]
            value = accuracy_score([actual for _, _, actual, _ in own], said)
            assert found.value[0, place] == pytest.approx(value)
            assert found.lower[0, place] <= value <= found.upper[0, place]
        else:
            assert np.isnan(found.value[0, place])


def test_a_metric_of_histograms_has_the_steps_of_its_buckets(observation: Observation, rows: list[Row]) -> None:
    spans = _spans(observation, "auc_roc", 6 * 3600.0, 3600.0)
    assert spans.step == 3600
    model = observation.monitoring.models[0]
    found = time_series(observation, catalogue.metric("auc_roc", "binary"), model, [0], spans)
    for place, start in enumerate(spans.starts[:-1]):
        own = _within(rows, start, 3600)
        exact = roc_auc_score([actual for _, _, actual, _ in own], [score for _, score, _, _ in own])
        assert found.value[0, place] == pytest.approx(exact, abs=0.01)
    assert _spans(observation, "auc_roc", 3600.0).step == 300, "score histograms begin with five minutes"
    assert _spans(observation, "accuracy", 3600.0).step == 60


def test_slices_add_up_to_the_whole(observation: Observation) -> None:
    model = observation.monitoring.models[0]
    spans = _spans(observation, "accuracy", 6 * 3600.0)
    codes = [code for code, _ in observation.series]
    assert len(codes) == 3
    found = time_series(observation, catalogue.metric("accuracy", "binary"), model, codes, spans)
    whole, *slices = [np.nan_to_num(found.value[row]) * found.events[row] for row in range(3)]
    assert whole == pytest.approx(sum(slices))


@pytest.mark.parametrize(("wanted", "step"), [(1.0, 300.0), (300.0, 300.0), (301.0, 600.0), (1800.0, 1800.0)])
def test_a_step_is_a_multiple_of_the_widest_bucket(observation: Observation, wanted: float, step: float) -> None:
    assert _spans(observation, "accuracy", 6 * 3600.0, wanted).step == step


def test_a_window_shorter_than_a_bucket_is_the_open_one(observation: Observation) -> None:
    spans = _spans(observation, "accuracy", 1.0)
    assert (spans.first, spans.count) == (_END // 60 * 60, 1)


def test_every_metric_of_every_task_tells_which_tallies_it_is_made_of(tmp_path: Path) -> None:
    exporter = InProcess(tmp_path, CONFIGURATION)
    observation = exporter.snapshot().observation
    for model in CONFIGURATION.models:
        for metric in catalogue.metrics():
            if metric.applies(model.task, model.offers):
                read = tallies_of(metric, observation.windows[0], model)
                assert metric.counted_by.partition(".")[0] in read
                assert read <= observation.past.tallies.keys()
                spans = spans_of(observation, read, 3600, None, 10)
                found = time_series(observation, metric, model, [0, 1], spans)
                assert found.value.shape == (2, spans.count)
                assert not found.events.any()
    exporter.close()
