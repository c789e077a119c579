"""From lines of JSON to /metrics for models that predict a number, against scikit-learn over the same rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as reference

from ml_exporter.tallies import budget
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

ROWS, HOUR = 300, 3600.0
PRICES: dict[str, Any] = {
    "name": "prices",
    "task": "regression",
    "segments": ["city"],
    "objectives": {"mean_absolute_error": 0.1, "r2": 0.2},
}


@pytest.mark.parametrize("restarted", [False, True])
def test_numbers(tmp_path: Path, start: Start, restarted: bool) -> None:
    configuration = monitoring(PRICES, windows=["1h"], detection={"enabled": False})
    exporter = start(tmp_path, configuration)
    random = np.random.default_rng(4)
    actual = np.round(random.normal(200, 50, ROWS), 3)
    predicted = np.round(actual + random.normal(2, 10, ROWS), 3)
    actual[:3] = 0
    city = random.choice(["Lyon", "Nice"], ROWS)
    exporter.predict(
        *(
            prediction(
                f"p{row}",
                model_name="prices",
                prediction=predicted[row],
                lower=predicted[row] - 12,
                upper=predicted[row] + 12,
                segment={"city": str(city[row])},
            )
            for row in range(ROWS)
        )
    )
    exporter.label(*(label(f"p{row}", actual[row]) for row in range(ROWS)))
    if restarted:
        exporter.restart()
    metrics = exporter.tick()

    error = predicted - actual
    assert metrics.one("ml_mean_absolute_error") == pytest.approx(reference.mean_absolute_error(actual, predicted))
    assert metrics.one("ml_mean_squared_error") == pytest.approx(reference.mean_squared_error(actual, predicted))
    assert metrics.one("ml_root_mean_squared_error") == pytest.approx(np.sqrt(np.mean(error**2)))
    assert metrics.one("ml_r2") == pytest.approx(reference.r2_score(actual, predicted))
    assert metrics.one("ml_r2_lower_bound") < metrics.one("ml_r2") < metrics.one("ml_r2_upper_bound")
    assert metrics.one("ml_mean_error") == pytest.approx(error.mean())
    percentage = reference.mean_absolute_percentage_error(actual[3:], predicted[3:])
    assert metrics.one("ml_mean_absolute_percentage_error_ratio") == pytest.approx(percentage)
    assert metrics.one("ml_mean_absolute_percentage_error_lower_bound_ratio") < percentage
    assert metrics.one("ml_window_zero_actual_outcomes") == 3
    assert metrics.one("ml_prediction_interval_coverage_ratio") == np.mean(np.abs(error) <= 12)
    assert metrics.one("ml_prediction_interval_mean_width") == pytest.approx(24)
    median = np.quantile(error, 0.5, method="inverted_cdf")
    assert metrics.one("ml_residual_percentile", percentile="50") == pytest.approx(median, rel=0.0101)
    for name in ("Lyon", "Nice"):
        rows = city == name
        found = metrics.one("ml_segment_r2", segment_value=name)
        assert found == pytest.approx(reference.r2_score(actual[rows], predicted[rows]))
    assert metrics.one("ml_objective_breached", metric="mean_absolute_error") == 1
    assert metrics.one("ml_objective_breached", metric="r2") == 0

    promised = budget(configuration.models[0], configuration)
    made = len([labels for _, labels in metrics if ("model_name", "prices") in labels])
    limit = promised.version + 2 * promised.slice
    assert 0.9 * limit < made <= limit


def test_a_corrected_number_is_as_if_it_had_been_right_at_once(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({**PRICES, "correction_window": "1d"}, windows=["1h"]))
    exporter.predict(*(prediction(f"p{row}", model_name="prices", prediction=10.0 + row) for row in range(3)))
    exporter.label(*(label(f"p{row}", 11) for row in range(3)))
    exporter.label(label("p0", 14))
    metrics = exporter.tick()
    assert metrics.one("ml_mean_error") == pytest.approx((-4 + 0 + 1) / 3)
    assert metrics.one("ml_r2") == pytest.approx(reference.r2_score([14, 11, 11], [10, 11, 12]))


def test_errors_that_grow_are_found_by_the_detectors(tmp_path: Path, start: Start) -> None:
    model = {"name": "prices", "task": "regression", "baseline": {"period": "20h"}}
    exporter = start(
        tmp_path, monitoring(model, windows=["1h"], detection={"false_alarm_every": "1d"}), at=NOW - 22 * HOUR
    )
    random = np.random.default_rng(6)

    def live(hours: float, outcomes: int, noise: float) -> list[float]:
        exporter.at += hours * HOUR
        said = 100 + random.normal(0, noise, outcomes)
        at = exporter.at - 200
        names = [f"{at:.0f}-{row}" for row in range(outcomes)]
        exporter.predict(
            *(
                prediction(name, model_name="prices", prediction=number, timestamp=at)
                for name, number in zip(names, said, strict=True)
            )
        )
        exporter.label(*(label(name, 100, timestamp=at + 1) for name in names))
        return list(exporter.tick().all("ml_degraded", metric="mean_absolute_error").values())

    well = [live(0.5, 60, 2.0) for _ in range(42)]
    assert well[0] == []  # there is no baseline yet
    assert well[-1] == [0]
    badly = [live(1 / 12, 60, 12.0) for _ in range(12)]
    assert badly[-1] == [1]
