"""Families that are switched off are not exposed, nor counted, but judged."""

from pathlib import Path

import pytest

from ml_exporter.tallies import budget
from tests.pipeline.in_process import Start, label, monitoring, prediction

FRAUD = {
    "name": "fraud",
    "task": "binary",
    "segments": ["country"],
    "objectives": {"precision": {"threshold": 0.9, "minimum_outcomes": 1}},
}
OFF = ["ml_precision_ratio", "ml_threshold_*", "ml_segment_accuracy_*bound*"]


def names(folder: Path, start: Start, **options: object) -> set[str]:
    exporter = start(folder, monitoring(FRAUD, **options))
    exporter.predict(prediction("a", score=0.9, segment={"country": "DE"}), prediction("b", segment={"country": "DE"}))
    exporter.label(label("a"), label("b", 0))
    metrics = exporter.tick()
    assert metrics.one("ml_objective", metric="precision") == 0.9
    return metrics.names()


def test_only_what_is_named_disappears(tmp_path: Path, start: Start) -> None:
    everything, rest = names(tmp_path / "all", start), names(tmp_path / "some", start, switched_off=OFF)
    assert everything - rest == {
        "ml_precision_ratio",
        "ml_segment_accuracy_lower_bound_ratio",
        "ml_segment_accuracy_upper_bound_ratio",
        *(name for name in everything if name.startswith("ml_threshold_")),
    }
    assert rest < everything


def test_the_budget_falls_by_what_is_off() -> None:
    whole, some = (monitoring(FRAUD, windows=["1h", "24h"], switched_off=off) for off in ([], OFF))
    before, after = budget(whole.models[0], whole), budget(some.models[0], some)
    assert before.version - after.version == 2 * (1 + 4 * 22 + 2 * 22)
    assert before.slice - after.slice == 2 * 2


@pytest.mark.parametrize("pattern", ["ml_accuracy", "ml_objective_breached", "ml_window_outcomes", "ml_host_*", ""])
def test_what_is_no_family_of_a_metric_cannot_be_switched_off(pattern: str) -> None:
    with pytest.raises(ValueError, match="names no family of a metric"):
        monitoring(FRAUD, switched_off=["ml_accuracy_ratio", pattern])


def test_drift_and_the_quality_of_data_can_be_switched_off_and_counted_out() -> None:
    features = [{"name": "amount", "kind": "numeric"}, {"name": "country", "kind": "categorical"}]
    whole, some, none = (
        monitoring(FRAUD | {"features": features}, windows=["1h", "24h"], switched_off=off)
        for off in ([], ["ml_feature_psi", "ml_feature_ks_statistic"], ["ml_feature_*", "ml_prediction_*"])
    )
    before, after, without = (budget(one.models[0], one).version for one in (whole, some, none))
    assert before - after == 2 * (2 + 1)
    every_kind, of_numbers, of_categories, sampled, drift_of_predictions, latencies = 7, 2, 4, 1, 2, 3
    features_off = 2 * every_kind + of_numbers + of_categories + sampled
    assert before - without == 2 * (features_off + drift_of_predictions + latencies)
