"""The host of the exporter, usually that of the model, is short of memory or of disk."""

from collections.abc import Mapping, Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group, steady
from ml_exporter.bundle.alerts.machine import (
    BROUGHT,
    INSTANCE,
    KNOWN,
    annotations,
    collects,
    each,
    forecast,
    limit,
    steadily,
)
from ml_exporter.bundle.alerts.told import binary_bytes, label, percent, told
from ml_exporter.bundle.promql import number, selector
from ml_exporter.config import Monitoring

_GIB = 1 << 30
_TOTAL = 64 * _GIB
_MOUNTPOINT = "/data"
_FREE = "ml_host_disk_free_bytes"

MEMORY = AlertKind(
    "MLHostMemoryLow",
    "Of the host's memory less than the threshold, as a share, can be given to processes without swapping.",
    threshold=0.1,
    by_instance=True,
)
DISK = AlertKind(
    "MLHostDiskLow",
    "Of a file system of the host less than the threshold, as a share, is free.",
    threshold=0.1,
    by_instance=True,
)
FILLING = AlertKind(
    "MLHostDiskFilling",
    "A file system of the host, less than half of it free, will be full within so many hours as the threshold says if"
    " it goes on as in the last six, of which at least one is known.",
    threshold=24,
    by_instance=True,
    history=KNOWN,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    found = []
    if collects(monitoring, "memory"):
        found.append(_memory(monitoring))
    if collects(monitoring, "disk"):
        found += [_disk(monitoring), _filling(monitoring)]
    return found


def _memory(monitoring: Monitoring) -> Condition:
    least = limit(monitoring, MEMORY)
    free = "ml_host_memory_available_bytes"
    return Condition(
        MEMORY,
        f"{each(free)} / {each('ml_host_memory_total_bytes')} < {number(least)}",
        {},
        BROUGHT,
        annotations(
            monitoring,
            MEMORY,
            told("{}: the host is short of memory", INSTANCE),
            told(
                f"{{}}: {{}} of the host's memory is available; it should be at least {number(100 * least)}%. Whatever"
                " runs there is slow soon, or ended.",
                INSTANCE,
                percent(least / 2),
            ),
            value=percent(least / 2),
            limit=f"at least {number(100 * least)}%",
        ),
        [Sample(free, {}, _TOTAL, _TOTAL * least / 2), steady("ml_host_memory_total_bytes", {}, _TOTAL)],
    )


def _disk(monitoring: Monitoring) -> Condition:
    least = limit(monitoring, DISK)
    mountpoint = label("mountpoint", _MOUNTPOINT)
    return Condition(
        DISK,
        f"{each(_FREE)} / {each('ml_host_disk_total_bytes')} < {number(least)}",
        {},
        _brought(),
        annotations(
            monitoring,
            DISK,
            told("{}: the disk {} is nearly full", INSTANCE, mountpoint),
            told(
                f"{{}}: {{}} of {{}} is free; it should be at least {number(100 * least)}%. When it is full, nothing is"
                " written any more: no events, no logs, no state of the exporter.",
                INSTANCE,
                percent(least / 2),
                mountpoint,
            ),
            value=percent(least / 2),
            limit=f"at least {number(100 * least)}%",
        ),
        [_free(_TOTAL, _TOTAL * least / 2), _size()],
    )


def _filling(monitoring: Monitoring) -> Condition:
    hours = limit(monitoring, FILLING)
    mountpoint = label("mountpoint", _MOUNTPOINT)
    ahead = forecast(selector(_FREE), hours)
    return Condition(
        FILLING,
        f"{each(_FREE)} < 0.5 * {each('ml_host_disk_total_bytes')} and {ahead} < 0",
        {},
        _brought(),
        annotations(
            monitoring,
            FILLING,
            told("{}: the disk {} fills up", INSTANCE, mountpoint),
            told(
                f"{{}}: {{}} are free of {{}}, and fewer by the hour: it is full within {number(hours)} hours if that"
                " goes on.",
                INSTANCE,
                binary_bytes(_GIB),
                mountpoint,
            ),
            value=told("{} free", binary_bytes(_GIB)),
            limit=f"not full within {number(hours)} hours",
        ),
        [_free(steadily(monitoring, _TOTAL, -3 * _GIB), _GIB), _size()],
    )


def _brought() -> Mapping[str, str]:
    return {**BROUGHT, "mountpoint": _MOUNTPOINT}


def _free(calm: float | str, troubled: float) -> Sample:
    return Sample(_FREE, {"mountpoint": _MOUNTPOINT}, calm, troubled)


def _size() -> Sample:
    return steady("ml_host_disk_total_bytes", {"mountpoint": _MOUNTPOINT}, _TOTAL)


GROUP = alert_group(
    "host",
    "The host: it is short of memory or of disk.",
    (MEMORY, DISK, FILLING),
    _conditions,
    area="resources",
    about_models=False,
)
