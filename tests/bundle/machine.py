"""What a scrape brings beside the snapshot: the machine's families, the scrape's own series, and alerts.

The machine is made up, in the names and labels of the catalogue; its real collectors have tests of their own.
"""

import math
from collections.abc import Iterator, Mapping

from ml_exporter.catalogue import collectors, gpu, host, process
from tests.scraped import Scraped

Sample = tuple[str, dict[str, str], float]
"""Name, labels, value."""

VERDICTS = ("ml_degraded{", "ml_objective_breached{")
"""How the lines of /metrics begin that alerts stand for."""

_GIB = 2.0**30
_TURN = 4000.0
"""Seconds in which the load goes up and down, divided by 2 pi."""

_COLLECTORS = ("cpu", "disk", "gpu", "memory", "network", "process")


def machine(at: float, elapsed: float, models: list[str]) -> Iterator[Sample]:
    """Yield the families of the collectors.

    Args:
        at: the time of the scrape, seconds since the epoch.
        elapsed: seconds since the first one.
        models: those whose serving process is watched.
    """
    load = 0.5 + 0.3 * math.sin(elapsed / _TURN)
    worked = 0.5 * elapsed + 0.3 * _TURN * (1 - math.cos(elapsed / _TURN))
    for mode, seconds in {"user": worked, "system": 0.1 * elapsed, "idle": 0.9 * elapsed - worked}.items():
        yield host.CPU_SECONDS.name, {"mode": mode}, 8 * (seconds + 1e6)
    yield host.CPUS.name, {}, 8
    yield host.MEMORY_TOTAL.name, {}, 32 * _GIB
    yield host.MEMORY_AVAILABLE.name, {}, (14 - 4 * load) * _GIB
    for mountpoint, size in {"/": 100, "/data": 500}.items():
        yield host.DISK_TOTAL.name, {"mountpoint": mountpoint}, size * _GIB
        yield host.DISK_FREE.name, {"mountpoint": mountpoint}, (0.4 * size - elapsed / 1e5) * _GIB
    for family, rate in {host.NETWORK_TRANSMIT: 2e6, host.NETWORK_RECEIVE: 5e6}.items():
        yield family.name, {"device": "eth0"}, rate * (elapsed + 1e6)
    for index in ("0", "1"):
        card = {"gpu": index, "uuid": f"GPU-{index}", "name": "NVIDIA A10"}
        busy = load + 0.1 * int(index)
        yield gpu.UTILIZATION.name, card, busy
        yield gpu.MEMORY_TOTAL.name, card, 24 * _GIB
        yield gpu.MEMORY_USED.name, card, 20 * busy * _GIB
        yield gpu.TEMPERATURE.name, card, 45 + 30 * busy
        yield gpu.POWER.name, card, 150 * busy
    for number, model in enumerate(models, start=1):
        yield process.MEMORY_USAGE.name, {"model_name": model}, (1.5 * number + load / 4) * _GIB
        yield process.ACTIVE_CONNECTIONS.name, {"model_name": model}, round(20 * number * load)
    for name in _COLLECTORS:
        yield collectors.SUCCESS.name, {"collector": name}, 1
        yield collectors.DURATION.name, {"collector": name}, 0.002
        yield collectors.LAST_SUCCESS.name, {"collector": name}, at


def scrape(samples: int) -> Iterator[Sample]:
    """Yield what Prometheus itself notes of a scrape."""
    yield "up", {}, 1
    yield "scrape_duration_seconds", {}, 0.02
    yield "scrape_samples_scraped", {}, samples


def servers(elapsed: float) -> Iterator[Sample]:
    """Yield what Prometheus and Alertmanager show of themselves, as far as it is looked at."""
    yield (
        "prometheus_rule_evaluation_failures_total",
        {"rule_group": "/etc/prometheus/rules/objectives.yml;ml-exporter-objectives"},
        0,
    )
    yield "prometheus_notifications_errors_total", {"alertmanager": "http://localhost:9093"}, 0
    yield "prometheus_notifications_dropped_total", {}, 0
    receiver = {"integration": "slack", "receiver_name": "slack"}
    yield "alertmanager_notifications_total", receiver, elapsed // 15
    yield "alertmanager_notifications_failed_total", {**receiver, "reason": "other"}, 0


def alerts(shown: Scraped) -> Iterator[Sample]:
    """Yield the alerts that stand for verdicts, as the rules raise them."""
    for family, name in {"ml_degraded": "MLModelDegraded", "ml_objective_breached": "MLObjectiveBreached"}.items():
        for (_, labels), value in shown.all(family).items():
            if value == 1:
                severity = "critical" if family == "ml_degraded" else "warning"
                yield "ALERTS", _alert(dict(labels), alertname=name, severity=severity), 1


def _alert(labels: Mapping[str, str], **more: str) -> dict[str, str]:
    return {**labels, **more, "alertstate": "firing"}
