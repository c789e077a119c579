"""OpenMetrics of a whole snapshot, as a strict reader takes it."""

from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from tests.pipeline.in_process import Start, prediction


def test_the_quantiles_of_each_version_stand_together(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path)
    exporter.predict(*(prediction(version, model_version=version, latency_seconds=0.2) for version in ("v1", "v2")))
    families = read_openmetrics(exporter.snapshot().openmetrics.plain(b"").decode())
    (quantiles,) = (family for family in families if family.name == "ml_prediction_latency_quantile_seconds")
    shown = [(sample.labels["model_version"], sample.labels["window"]) for sample in quantiles.samples]
    assert shown == sorted(shown)
    assert len(set(shown)) == 6
