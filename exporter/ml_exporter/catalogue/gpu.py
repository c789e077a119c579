"""GPUs, as NVIDIA's driver tells of them. A host without one has none of these."""

from ml_exporter.catalogue.definition import Family

_LABELS = ("gpu", "uuid", "name")
"""Its index, the identity that outlives a reboot, and its model."""


def _family(name: str, help_text: str) -> Family:
    return Family(f"ml_gpu_{name}", "gauge", help_text, _LABELS, "GPU")


UTILIZATION = _family("utilization_ratio", "Share of the driver's last sampling period in which the GPU was at work.")
MEMORY_USED = _family("memory_used_bytes", "Memory of the GPU that is in use.")
MEMORY_TOTAL = _family("memory_total_bytes", "Memory of the GPU.")
TEMPERATURE = _family("temperature_celsius", "Temperature of the GPU.")
POWER = _family("power_watts", "Power that the GPU draws.")

FAMILIES = (UTILIZATION, MEMORY_USED, MEMORY_TOTAL, TEMPERATURE, POWER)
