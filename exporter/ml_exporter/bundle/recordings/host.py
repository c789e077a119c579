"""How much of each host is in use: shares of what the collectors read, per instance."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.recordings.groups import RecordingGroup, RecordingRule
from ml_exporter.config import Monitoring

CPU = "instance:ml_host_cpu_usage:ratio_rate5m"
MEMORY = "instance:ml_host_memory_usage:ratio"
DISK = "instance_mountpoint:ml_host_disk_usage:ratio"

_SPAN = "5m"
_IDLE = ("idle", "iowait")
"""Modes in which a processor could have worked for somebody: waiting for a disk is no work of it."""


def _rules(monitoring: Monitoring) -> Sequence[RecordingRule]:
    made = {"cpu": (CPU, _cpu()), "memory": (MEMORY, _memory()), "disk": (DISK, _disk())}
    enabled = {name for name, settings in monitoring.collectors.items() if settings.enabled}
    return [RecordingRule(*rule) for collector, rule in made.items() if collector in enabled]


def _cpu() -> str:
    seconds = selector("ml_host_cpu_seconds_total")
    idle = f'{seconds.removesuffix("}")},mode=~"{"|".join(_IDLE)}"}}'
    spent = "sum without (mode) (rate({}[" + _SPAN + "]))"
    return f"1 - {spent.format(idle)} / {spent.format(seconds)}"


def _memory() -> str:
    return f"1 - {selector('ml_host_memory_available_bytes')} / ({selector('ml_host_memory_total_bytes')} > 0)"


def _disk() -> str:
    return f"1 - {selector('ml_host_disk_free_bytes')} / ({selector('ml_host_disk_total_bytes')} > 0)"


SHARED = RecordingGroup(
    "host",
    "Recording rules: how much of each host's processors, memory and disks is in use, from 0 to 1.",
    {
        CPU: "Share of the processors' time of the last 5 minutes in which they worked: all modes but idle and iowait.",
        MEMORY: "Share of the memory that cannot be given to processes without swapping.",
        DISK: "Share of each file system (`mountpoint`) that is not free for users without privileges.",
    },
    frozenset({"mountpoint"}),
    _rules,
)
