"""The hour of the week, by the clock that people live by."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ml_exporter.detectors.rhythm import cell_sums, fit, hour_of_week


@effort(max_examples=100, deadline=None)
@given(
    time=st.floats(1e9, 2.5e9),
    zone=st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_the_hour_of_the_week_is_that_of_the_calendar(time: float, zone: str) -> None:
    local = datetime.fromtimestamp(time, ZoneInfo(zone))
    seconds = local.minute * 60 + local.second + local.microsecond / 1e6
    expected = local.weekday() * 24 + local.hour + seconds / 3600
    difference = abs(hour_of_week(np.array([time]), zone)[0] - expected)
    assert min(difference, 168 - difference) < 1e-6


def test_the_clock_change_moves_the_rhythm_along() -> None:
    summer = datetime(2024, 10, 26, 9, 0, tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    winter = datetime(2024, 10, 28, 9, 0, tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    hours = hour_of_week(np.array([summer, winter]), "Europe/Paris")
    np.testing.assert_allclose(hours % 24, 9)


def test_cells_are_summed() -> None:
    values = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(cell_sums(values, np.array([2, 0, 2, 2]), 4), [[2, 3], [0, 0], [10, 13], [0, 0]])


@pytest.mark.parametrize("seed", range(3))
def test_chance_is_no_rhythm_and_a_rhythm_is_shrunken_a_little(seed: int) -> None:
    random = np.random.default_rng(seed)
    weight = np.full((168, 300), 50.0)
    noise = random.normal(0, np.sqrt(50.0), (168, 300))
    found = fit(weight, noise, np.ones(300))
    assert (found.at(np.arange(168)) == 0).all(axis=0).mean() > 0.93
    wave = np.sin(2 * np.pi * np.arange(168) / 24)[:, None]
    seen = fit(weight, noise + weight * wave, np.ones(300)).at(np.arange(168))
    np.testing.assert_allclose(seen.mean(axis=1), wave[:, 0], atol=0.03)
    assert (seen.max(axis=0) > 0.8).all()


def test_hours_of_the_week_without_outcomes_have_no_effect_of_their_own() -> None:
    weight = np.zeros((168, 1))
    weight[:24] = 100.0
    found = fit(weight, np.where(weight > 0, 50.0, 0.0) * np.sign(np.arange(168) - 11.5)[:, None], np.ones(1))
    assert np.isfinite(found.at(np.arange(168))).all()
    assert (found.by_day.effect == 0).all()
