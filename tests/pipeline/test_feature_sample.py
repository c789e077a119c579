"""Features of a busy model are sampled: by the hash of ids, as often as configured, and told by a metric."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_exporter.pipeline.feature_sample import chosen
from tests.pipeline.in_process import NOW, Start, monitoring, prediction
from tests.scraped import Scraped

MODEL: dict[str, Any] = {"name": "fraud", "task": "binary", "features": ["amount"], "max_feature_rate": 5}
FIRST_MINUTE = NOW // 60 * 60 - 600


def minute(number: int, rows: int, **changes: Any) -> list[dict[str, Any]]:
    """Return predictions of one minute, in the order of their time."""
    begin = FIRST_MINUTE + 60 * number
    return [
        prediction(
            f"{number}-{row}", timestamp=begin + 60 * row / rows, features={"amount": row % 100 + 1.0}, **changes
        )
        for row in range(rows)
    ]


def looked_at(folder: Path, start: Start, batches: Sequence[list[dict[str, Any]]], **options: Any) -> Scraped:
    exporter = start(folder, monitoring(MODEL | options, windows=["1h"]))
    for batch in batches:
        exporter.predict(*batch)
        exporter.restart()
    return exporter.tick()


def test_up_to_the_rate_everything_is_looked_at(tmp_path: Path, start: Start) -> None:
    metrics = looked_at(tmp_path, start, [minute(number, 300) for number in range(3)])
    assert metrics.one("ml_feature_sample_ratio") == 1


def test_above_it_about_as_many_are_as_configured(tmp_path: Path, start: Start) -> None:
    metrics = looked_at(tmp_path, start, [minute(0, 1200), minute(1, 1200), minute(2, 1200)])
    expected = (1200 + 2 * 300) / 3600  # the first minute of a burst is looked at whole
    assert metrics.one("ml_feature_sample_ratio") == pytest.approx(expected, abs=0.03)
    assert metrics.one("ml_window_predictions") == 3600
    assert metrics.one("ml_feature_null_ratio", feature="amount") == 0


def test_how_events_are_cut_into_batches_does_not_decide_what_is_chosen(tmp_path: Path, start: Start) -> None:
    events = [event for number, rows in enumerate((1000, 700, 900)) for event in minute(number, rows)]
    cuts = {"whole": [events], "parts": [events[first : first + 370] for first in range(0, len(events), 370)]}
    shown = {name: looked_at(tmp_path / name, start, batches) for name, batches in cuts.items()}
    assert shown["whole"].one("ml_feature_sample_ratio") == shown["parts"].one("ml_feature_sample_ratio") < 0.8


def test_other_models_failed_requests_and_duplicates_make_no_model_busy(tmp_path: Path, start: Start) -> None:
    busy = {"name": "clicks", "task": "binary"}
    exporter = start(tmp_path, monitoring(MODEL, busy, windows=["1h"]))
    exporter.predict(
        *minute(0, 100),
        *minute(0, 100),
        *minute(0, 900, model_name="clicks"),
        *minute(0, 900, status="timeout", prediction=None),
    )
    exporter.predict(*minute(1, 100))
    assert exporter.tick().one("ml_feature_sample_ratio", model_name="fraud") == 1


def test_without_a_limit_nothing_is_left_out(tmp_path: Path, start: Start) -> None:
    metrics = looked_at(tmp_path, start, [minute(0, 2000), minute(1, 2000)], max_feature_rate=None)
    assert metrics.one("ml_feature_sample_ratio") == 1


def test_whoever_is_chosen_at_a_high_rate_is_so_at_a_lower_one() -> None:
    ids = np.array([f"request-{number}" for number in range(20_000)], dtype=object)
    at = {rate: chosen(ids, np.full(len(ids), rate), 10.0) for rate in (5.0, 20.0, 40.0, 1000.0)}
    assert at[5.0].all()
    for rate, lower in ((20.0, 5.0), (40.0, 20.0), (1000.0, 40.0)):
        assert not (at[rate] & ~at[lower]).any()
        assert at[rate].mean() == pytest.approx(10 / rate, abs=4 * np.sqrt(10 / rate / len(ids)))
