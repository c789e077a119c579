"""The model of the demo: good enough to be worth watching, and much worse with a broken input."""

import numpy as np
import polars as pl
import pytest

from ml_exporter.demo.flights import later_months, load_flights, training_months
from ml_exporter.demo.model import FlightModel, train
from ml_exporter.demo.replay import corrupt

_THRESHOLD = 0.82  # the objective in examples/demo.yml


@pytest.fixture(scope="module")
def learned() -> pl.DataFrame:
    return training_months(load_flights())


@pytest.fixture(scope="module")
def model(learned: pl.DataFrame) -> FlightModel:
    return train(learned)


@pytest.fixture(scope="module")
def may() -> pl.DataFrame:
    return later_months(load_flights()).filter((pl.col("month") == 5) & pl.col("late").is_not_null())


def _accuracy(model: FlightModel, inputs: pl.DataFrame, flights: pl.DataFrame) -> float:
    return float(np.mean((model.scores(inputs) >= 0.5) == (flights["late"].to_numpy() == 1)))


def test_on_flights_that_it_never_saw_the_model_is_far_above_its_objective(
    model: FlightModel, may: pl.DataFrame
) -> None:
    assert _accuracy(model, may, may) > _THRESHOLD + 0.08


def test_with_a_delay_in_seconds_the_model_falls_below_its_objective(model: FlightModel, may: pl.DataFrame) -> None:
    assert _accuracy(model, corrupt(may), may) < _THRESHOLD - 0.03


def test_training_again_gives_the_same_model(learned: pl.DataFrame, model: FlightModel, may: pl.DataFrame) -> None:
    assert np.array_equal(train(learned).scores(may), model.scores(may))
    assert len(np.unique(model.scores(may))) > 100
