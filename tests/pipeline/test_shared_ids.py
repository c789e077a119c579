"""A champion and its shadow may share ids: a label that names no model judges both."""

from pathlib import Path

from tests.pipeline.in_process import Start, label, monitoring, prediction

CONFIGURATION = monitoring({"name": "champion", "task": "binary"}, {"name": "shadow", "task": "binary"}, windows=["1h"])


def test_a_label_judges_every_model_and_version_that_has_its_id(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(
        prediction("a", model_name="champion", prediction=1),
        prediction("a", model_name="shadow", prediction=0),
        prediction("a", model_name="shadow", model_version="v2", prediction=1),
    )
    exporter.label(label("a", 1))
    metrics = exporter.tick()
    assert metrics.one("ml_accuracy_ratio", model_name="champion") == 1
    assert metrics.one("ml_accuracy_ratio", model_name="shadow", model_version="v1") == 0
    assert metrics.one("ml_accuracy_ratio", model_name="shadow", model_version="v2") == 1
    assert metrics.one("ml_exporter_unmatched_labels") == 0


def test_a_shadow_that_comes_after_the_label_is_judged_by_it_too(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("a", model_name="champion"))
    exporter.label(label("a", 1))
    exporter.restart()
    exporter.predict(prediction("a", model_name="shadow", prediction=0))
    metrics = exporter.tick()
    assert metrics.one("ml_labels_total", model_name="shadow") == 1
    assert metrics.one("ml_accuracy_ratio", model_name="shadow") == 0


def test_a_label_that_names_its_model_leaves_the_other_one_pending(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("a", model_name="champion"), prediction("a", model_name="shadow"))
    exporter.label(label("a", 1, model_name="shadow"))
    metrics = exporter.tick()
    assert metrics.one("ml_pending_predictions", model_name="champion") == 1
    assert metrics.one("ml_pending_predictions", model_name="shadow") == 0


def test_a_contradiction_is_a_conflict_for_every_model_that_it_judges_and_the_first_label_stands(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("a", model_name="champion"), prediction("a", model_name="shadow"))
    exporter.label(label("a", 1), label("a", 0))
    exporter.label(label("a", 0))
    metrics = exporter.tick()
    assert metrics.one("ml_exporter_label_conflicts_total") == 2
    assert metrics.one("ml_exporter_duplicate_events_total", feed="labels") == 1
    assert metrics.one("ml_accuracy_ratio", model_name="champion") == 1
    assert metrics.one("ml_accuracy_ratio", model_name="shadow") == 1


def test_the_same_id_in_two_versions_is_no_duplicate_and_twice_in_one_is(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(
        prediction("a", model_name="champion"),
        prediction("a", model_name="champion", model_version="v2"),
        prediction("a", model_name="champion", prediction=0),
    )
    metrics = exporter.tick()
    assert metrics.one("ml_predictions_total", model_version="v1") == 1
    assert metrics.one("ml_predictions_total", model_version="v2") == 1
    assert metrics.one("ml_exporter_duplicate_events_total", feed="predictions") == 1


def test_a_failed_request_is_no_prediction_and_its_id_may_come_again(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    failed = prediction("a", model_name="champion", status="timeout", prediction=None, latency_seconds=2.0)
    exporter.predict(failed, failed, prediction("a", model_name="champion"))
    exporter.label(label("a", 1))
    metrics = exporter.tick()
    assert metrics.one("ml_prediction_requests_total", status="timeout") == 2
    assert metrics.one("ml_prediction_requests_total", status="success") == 1
    assert metrics.one("ml_prediction_latency_seconds_count") == 2
    assert metrics.one("ml_predictions_total") == 1
    assert metrics.one("ml_labels_total") == 1
    assert metrics.one("ml_exporter_duplicate_events_total", feed="predictions") == 0
