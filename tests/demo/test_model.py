"""The model of the demo: good enough to be worth watching, and much worse with a broken input."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml_exporter.demo.flights import later_months, load_flights, training_months
from ml_exporter.demo.model import FlightModel, train
from ml_exporter.demo.replay import corrupt
from ml_exporter.demo.workspace import configuration_file
from ml_exporter.pipeline import load_configuration
from tests.demo.command import defaults

_OBJECTIVE = load_configuration(configuration_file()).models[0].objectives["accuracy"]
_HALF_AN_HOUR = 1800.0


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Use one thread, as the producer does: several that wait for each other take longer on a busy machine."""
    with pytest.MonkeyPatch.context() as patched, threadpool_limits(limits=1):
        patched.setenv("LOKY_MAX_CPU_COUNT", "1")  # or joblib counts the cores, and warns where it cannot
        yield


@pytest.fixture(scope="module")
def learned() -> pl.DataFrame:
    return training_months(load_flights())


@pytest.fixture(scope="module")
def model(learned: pl.DataFrame) -> FlightModel:
    return train(learned)


@pytest.fixture(scope="module")
def landings() -> pl.DataFrame:
    """Return the flights of half an hour's replay by landing, with the seconds of replay at both ends."""
    later = later_months(load_flights())
    begin = later["departed"].item(0)
    per_second = pl.lit(defaults()["factor"])
    timed = later.with_columns(
        departed_after=(pl.col("departed") - begin).dt.total_seconds() / per_second,
        landed_after=(pl.col("landed") - begin).dt.total_seconds() / per_second,
    )
    return timed.filter((pl.col("landed_after") <= _HALF_AN_HOUR) & pl.col("late").is_not_null()).sort("landed_after")


def _right(model: FlightModel, inputs: pl.DataFrame, flights: pl.DataFrame) -> NDArray[np.bool_]:
    return np.asarray((model.scores(inputs) >= 0.5) == (flights["late"].to_numpy() == 1))


def _windows(landings: pl.DataFrame, right: NDArray[np.bool_]) -> pl.DataFrame:
    """Return value and upper bound (Wilson, 95 %) of the accuracy in the objective's window, each second of replay."""
    assert _OBJECTIVE.window is not None
    width = _OBJECTIVE.window.seconds
    landed = landings["landed_after"].to_numpy()
    at = np.arange(1.0, _HALF_AN_HOUR)
    first, last = np.searchsorted(landed, at - width), np.searchsorted(landed, at)
    hits = np.concatenate([[0], np.cumsum(right)])
    outcomes = last - first
    counted = outcomes >= _OBJECTIVE.minimum_outcomes
    n = outcomes[counted]
    share = (hits[last] - hits[first])[counted] / n
    z = 1.959963984540054
    upper = (share + z**2 / (2 * n) + z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    return pl.DataFrame({"at": at[counted], "value": share, "upper": upper})


def test_before_the_input_breaks_no_window_of_half_an_hour_raises_an_alarm(
    model: FlightModel, landings: pl.DataFrame
) -> None:
    windows = _windows(landings, _right(model, landings, landings))
    assert windows.height > 1700
    assert windows["upper"].to_numpy().min() > _OBJECTIVE.threshold


def test_after_the_input_broke_the_objective_is_breached_within_a_minute_and_stays_so_for_half_an_hour(
    model: FlightModel, landings: pl.DataFrame
) -> None:
    broken_at = defaults()["corrupt_after"]
    broken = landings["departed_after"].to_numpy() >= broken_at
    right = np.where(broken, _right(model, corrupt(landings), landings), _right(model, landings, landings))
    windows = _windows(landings, right).filter(pl.col("at") > broken_at)
    breached_at = windows.filter(pl.col("upper") < _OBJECTIVE.threshold)["at"].item(0)
    assert breached_at - broken_at < 60
    assert windows.filter(pl.col("at") > breached_at)["value"].to_numpy().max() < _OBJECTIVE.threshold


def test_the_objective_lies_halfway_between_the_model_and_the_model_with_a_broken_input(
    model: FlightModel, landings: pl.DataFrame
) -> None:
    good = _right(model, landings, landings).mean()
    bad = _right(model, corrupt(landings), landings).mean()
    assert abs((good + bad) / 2 - _OBJECTIVE.threshold) < 0.01
    assert good - bad > 0.1


def test_training_again_gives_the_same_model(learned: pl.DataFrame, landings: pl.DataFrame) -> None:
    some = learned.gather_every(10)
    once, again = (train(some).scores(landings) for _ in range(2))
    assert np.array_equal(once, again)
    assert len(np.unique(once)) > 100
