"""Events pack into Arrow rows and come back as they were, whatever a task's payload looks like."""

import numpy as np
import pytest

from tests.feeds.tallies.events import configuration, made
from tests.pipeline.in_process import NOW, make_batch

pytest.importorskip("pyspark", reason='pyspark is not installed: pip install "ml-exporter[spark]"')

from ml_exporter.events import Categorical, Labels, Predictions
from ml_exporter.spark.transit import Transit

EVERYTHING = configuration()


def same_texts(one: Categorical, other: Categorical) -> None:
    assert one.texts() == other.texts()


def test_predictions_come_back_as_they_were() -> None:
    decoded = make_batch(EVERYTHING, EVERYTHING.feeds[0], made(300)[0], b"", NOW).events
    assert isinstance(decoded, Predictions)
    transit = Transit.of(EVERYTHING)
    (rows,) = transit.pack(decoded)
    back, labels = transit.unpack(rows)
    assert len(labels) == 0
    for column in ("prediction_id", "timestamp", "payload", "value", "latency"):
        np.testing.assert_array_equal(getattr(back, column), getattr(decoded, column))
    for column in ("model", "version", "status"):
        same_texts(getattr(back, column), getattr(decoded, column))
    assert set(back.segments) == {"country", "channel"}
    for key, values in decoded.segments.items():
        same_texts(back.segments[key], values)
    for name, values in decoded.features.items():
        np.testing.assert_array_equal(back.features[name].numbers, values.numbers)
        np.testing.assert_array_equal(back.features[name].strange, values.strange)
        same_texts(back.features[name].texts, values.texts)


def test_labels_come_back_as_they_were_and_go_where_their_predictions_go() -> None:
    made_there, told = made(300)
    transit = Transit.of(EVERYTHING)
    decoded = make_batch(EVERYTHING, EVERYTHING.feeds[1], told, b"", NOW).events
    assert isinstance(decoded, Labels)
    (rows,) = transit.pack(decoded)
    back = transit.unpack(rows)[1]
    for column in ("prediction_id", "timestamp", "value"):
        np.testing.assert_array_equal(getattr(back, column), getattr(decoded, column))
    same_texts(back.model, decoded.model)
    same_texts(back.actual, decoded.actual)
    (predicted,) = transit.pack(make_batch(EVERYTHING, EVERYTHING.feeds[0], made_there, b"", NOW).events)
    keys = dict(zip(predicted["prediction_id"].to_pylist(), predicted["key"].to_pylist(), strict=True))
    assert rows["key"].to_pylist() == [keys[name] for name in decoded.prediction_id]
