"""Features through the engine: their quality, their baselines and drift, from events to /metrics."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml_exporter.clock import ManualClock
from ml_exporter.detectors.drift import baseline
from ml_exporter.pipeline import Engine
from ml_exporter.pipeline.baseline_requests import BaselineRequest
from ml_exporter.pipeline.reference import load_references
from tests.pipeline.in_process import NOW, InProcess, Start, monitoring, prediction
from tests.scraped import Scraped

HOUR = 3600.0
FEATURES: list[Any] = [{"name": "amount", "range": [0, 1000]}, "country"]
MODEL: dict[str, Any] = {"name": "fraud", "task": "binary", "features": FEATURES}
CONFIGURATION = monitoring(MODEL, windows=["1h"])


def drawn(seed: int, rows: int, hours_ago: float, shift: float = 1.0, **changes: Any) -> Iterator[dict[str, Any]]:
    """Draw predictions of half an hour."""
    random = np.random.default_rng(seed)
    for row in range(rows):
        features = {
            "amount": float(random.lognormal(3, 1) * shift),
            "country": str(random.choice(["DE", "FR", "IT"], p=[0.5, 0.3, 0.2])),
        }
        yield prediction(
            f"{seed}-{row}",
            prediction=None,
            score=float(random.beta(2, 5)),
            timestamp=NOW - hours_ago * HOUR + row * HOUR / 2 / rows,
            features=features | changes,
        )


def fed(exporter: InProcess, *parts: Iterable[dict[str, Any]]) -> Scraped:
    for part in parts:
        exporter.predict(*part)
    return exporter.tick()


def test_without_drift_nothing_is_said_to_have_drifted(tmp_path: Path, start: Start) -> None:
    metrics = fed(start(tmp_path, CONFIGURATION), drawn(1, 3000, 5), drawn(2, 500, 0.75))
    assert set(metrics.all("ml_feature_drifted").values()) == {0.0}
    assert metrics.one("ml_feature_psi", feature="amount") < 0.1
    assert min(metrics.all("ml_feature_drift_p_value").values()) > 0.001
    assert metrics.one("ml_prediction_psi") < 0.1
    assert metrics.all("ml_feature_ks_statistic", feature="country") == {}


def test_a_feature_that_has_drifted_is_told_and_the_other_is_not(tmp_path: Path, start: Start) -> None:
    metrics = fed(start(tmp_path, CONFIGURATION), drawn(1, 3000, 5), drawn(2, 500, 0.75, shift=3))
    assert metrics.one("ml_feature_drifted", feature="amount") == 1
    assert metrics.one("ml_feature_drifted", feature="country") == 0
    assert metrics.one("ml_feature_wasserstein_distance", feature="amount") > 0.3
    assert metrics.one("ml_feature_ks_statistic", feature="amount") > 0.3


def test_what_is_wrong_with_values_is_counted_before_there_is_any_baseline(tmp_path: Path, start: Start) -> None:
    events = [
        {"amount": 5, "country": "DE"},
        {"amount": 5000, "country": "DE"},
        {"amount": "many"},
        {"amount": None, "country": ["DE"]},
    ]
    rows = [prediction(str(number), features=features) for number, features in enumerate(events)]
    rows.append(prediction(None, status="timeout", prediction=None, features={"amount": -7}))
    metrics = fed(start(tmp_path, CONFIGURATION), rows)
    assert metrics.one("ml_feature_null_ratio", feature="amount") == 0.25
    assert metrics.one("ml_feature_null_ratio", feature="country") == 0.25
    assert metrics.one("ml_feature_type_mismatch_ratio", feature="amount") == pytest.approx(1 / 3)
    assert metrics.one("ml_feature_type_mismatch_ratio", feature="country") == pytest.approx(1 / 3)
    assert metrics.one("ml_feature_out_of_range_ratio", feature="amount") == 0.5
    assert metrics.all("ml_feature_out_of_range_ratio", feature="country") == {}
    assert metrics.all("ml_feature_psi") == {}


def test_a_category_that_the_baseline_does_not_have_is_unseen(tmp_path: Path, start: Start) -> None:
    metrics = fed(
        start(tmp_path, CONFIGURATION), drawn(1, 2000, 5), drawn(2, 300, 0.75), drawn(3, 100, 0.6, country="XX")
    )
    assert metrics.one("ml_feature_unseen_category_ratio", feature="country") == 0.25
    assert metrics.one("ml_feature_constant", feature="country") == 0
    assert metrics.one("ml_feature_other_category_ratio", feature="country") == 0


def test_a_category_that_comes_no_longer_has_vanished(tmp_path: Path, start: Start) -> None:
    metrics = fed(start(tmp_path, CONFIGURATION), drawn(1, 2000, 5), drawn(2, 300, 0.75, country="DE"))
    assert metrics.one("ml_feature_vanished_category_ratio", feature="country") == pytest.approx(0.5, abs=0.05)
    assert metrics.one("ml_feature_unseen_category_ratio", feature="country") == 0
    assert metrics.one("ml_feature_categories", feature="country") == 1
    assert metrics.all("ml_feature_categories", feature="amount") == {}


def test_categories_beyond_the_limit_count_as_one_and_their_share_is_told(tmp_path: Path, start: Start) -> None:
    features = [{"name": "country", "max_categories": 2}]
    exporter = start(tmp_path, monitoring(MODEL | {"features": features}, windows=["1h"]))
    rare_first = ["XX", "YY", *["DE"] * 97, "FR"]
    exporter.predict(*(prediction(str(row), features={"country": name}) for row, name in enumerate(rare_first)))
    metrics = exporter.tick()
    assert metrics.one("ml_feature_categories") == 3
    assert metrics.one("ml_feature_other_category_ratio") == 0.98, "slots went to those that came first"


def test_a_feature_that_stands_still_is_constant(tmp_path: Path, start: Start) -> None:
    metrics = fed(start(tmp_path, CONFIGURATION), drawn(1, 2000, 5), drawn(2, 300, 0.75, amount=7))
    assert metrics.one("ml_feature_constant", feature="amount") == 1


def test_too_few_predictions_make_no_baseline(tmp_path: Path, start: Start) -> None:
    metrics = fed(start(tmp_path, CONFIGURATION), drawn(1, 900, 5), drawn(2, 300, 0.75))
    assert metrics.all("ml_feature_psi") == {}
    assert metrics.all("ml_prediction_psi") == {}


def test_the_past_of_a_version_with_few_predictions_is_not_looked_through_at_every_tick(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = start(tmp_path, monitoring(MODEL, windows=["1h"], detection={"enabled": False}))
    asked: list[str] = []
    monkeypatch.setattr(baseline, "ENOUGH", 50)
    between = exporter.engine._buckets.between
    monkeypatch.setattr(
        exporter.engine._buckets,
        "between",
        lambda tally, clock, since, until: asked.append(tally) or between(tally, clock, since, until),
    )
    fed(exporter, drawn(1, 49, 5))
    assert asked.count("made") == 1, "by the coverage of labels by age"
    fed(exporter, drawn(2, 1, 4))
    assert asked.count("made") == 3, "the baseline is learnt, too"


def said(metrics: Scraped) -> dict[Any, float]:
    return {key: value for key, value in metrics.items() if key[0].startswith(("ml_feature", "ml_prediction_"))}


def test_a_restart_and_another_cut_into_batches_change_nothing(tmp_path: Path, start: Start) -> None:
    events = [*drawn(1, 1500, 5), *drawn(2, 300, 0.75, shift=2)]
    whole = start(tmp_path / "whole", CONFIGURATION)
    expected = said(fed(whole, events))
    parts = start(tmp_path / "parts", CONFIGURATION)
    for first in range(0, len(events), 400):
        parts.predict(*events[first : first + 400])
        parts.restart()
    assert said(parts.tick()) == expected
    parts.restart()
    assert said(parts.tick()) == expected


def test_a_frozen_baseline_stays_and_one_that_is_reset_is_learnt_anew(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    fed(exporter, drawn(1, 2000, 5), drawn(2, 300, 0.75))
    exporter.engine.change_baselines(BaselineRequest("freeze", "fraud"), NOW)
    exporter.at += 6 * HOUR
    later = fed(exporter, drawn(3, 4000, -2, shift=5), drawn(4, 300, -5.25, shift=5))
    assert later.one("ml_feature_drifted", feature="amount") == 1
    exporter.engine.change_baselines(BaselineRequest("reset", "fraud", since=NOW + HOUR), exporter.at)
    assert exporter.tick().one("ml_feature_drifted", feature="amount") == 0


@pytest.mark.parametrize("prefix", ["", "features."])
def test_a_reference_is_the_baseline_whatever_its_codes_are(tmp_path: Path, prefix: str) -> None:
    healthy = list(drawn(1, 2000, 50))
    rows = {
        "score": [row["score"] for row in healthy],
        "actual": [0] * len(healthy),
        f"{prefix}amount": [row["features"]["amount"] for row in healthy],
        f"{prefix}country": [row["features"]["country"] for row in healthy],
    }
    pl.DataFrame(rows).write_parquet(tmp_path / "reference.parquet")
    early = InProcess(tmp_path / "store", monitoring({**MODEL, "features": ["country", "amount"]}, windows=["1h"]))
    fed(early, [prediction("0", features={"country": "IT", "amount": 7}, timestamp=NOW - 20 * HOUR)])
    configuration = monitoring({**MODEL, "baseline": {"reference": "reference.parquet"}}, windows=["1h"])
    early.restart(configuration)
    early.engine = Engine(configuration, early.ledger, load_references(configuration, tmp_path, ManualClock(NOW)))
    metrics = fed(early, drawn(2, 500, 0.75))
    assert set(metrics.all("ml_feature_drifted").values()) == {0.0}
    assert metrics.one("ml_feature_unseen_category_ratio", feature="country") == 0
    early.close()


def test_a_reference_decides_the_kind_unless_the_configuration_does(tmp_path: Path) -> None:
    rows = {"score": [0.5] * 50, "actual": [0] * 50, "postcode": ["01067"] * 50, "grade": [1, 2] * 25}
    pl.DataFrame(rows).write_parquet(tmp_path / "reference.parquet")
    features = ["postcode", {"name": "grade", "kind": "categorical"}]
    reference = {"features": features, "baseline": {"reference": "reference.parquet"}}
    configuration = monitoring(MODEL | reference, windows=["1h"])
    exporter = InProcess(tmp_path / "store", configuration)
    exporter.engine = Engine(configuration, exporter.ledger, load_references(configuration, tmp_path, ManualClock(NOW)))
    said = fed(exporter, [prediction(str(row), features={"postcode": 10115, "grade": row % 3}) for row in range(9)])
    exporter.close()
    assert said.one("ml_feature_categories", feature="postcode") == 1, "the first value that came is a number"
    assert said.one("ml_feature_categories", feature="grade") == 3, "the reference's are numbers"
