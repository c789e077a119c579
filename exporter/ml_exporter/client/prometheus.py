"""A recorder's own counts for the service's /metrics, where prometheus-client is used there."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ml_exporter.client.recorder import Recorder


class RecorderCollector(Collector):
    """Shows what a recorder counts: ``REGISTRY.register(RecorderCollector(recorder))``."""

    def __init__(self, recorder: Recorder) -> None:
        """Look at a recorder.

        Args:
            recorder: it.
        """
        self._recorder = recorder

    def collect(self) -> Iterator[Metric]:
        """Yield the families as they stand."""
        now = self._recorder.statistics
        delivered = CounterMetricFamily(
            "ml_exporter_client_delivered_events", "Events that the exporter has answered for.", labels=["result"]
        )
        for result in ("accepted", "duplicate", "rejected"):
            delivered.add_metric([result], getattr(now, result))
        waiting = GaugeMetricFamily("ml_exporter_client_waiting_events", "Events that wait.", labels=["place"])
        waiting.add_metric(["memory"], now.pending)
        waiting.add_metric(["disk"], now.spooled)
        yield delivered
        yield waiting
        for name, help_text, value in (
            ("recorded_events", "Events that were recorded.", now.recorded),
            ("invalid_events", "Calls that no event could be made of.", now.invalid),
            ("dropped_events", "Events that were lost for want of room, in memory or on disk.", now.dropped),
            ("adopted_events", "Events that processes had left in the spool that ended before.", now.adopted),
            ("requests", "Requests that were answered as they should be.", now.requests),
            ("failed_requests", "Requests that are repeated.", now.failed_requests),
        ):
            yield CounterMetricFamily(f"ml_exporter_client_{name}", help_text, value)
        yield GaugeMetricFamily("ml_exporter_client_spool_bytes", "What waits on disk.", now.spooled_bytes)
