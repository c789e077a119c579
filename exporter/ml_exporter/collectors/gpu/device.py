"""What is known of one GPU, wherever it comes from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan

from ml_exporter.catalogue import Family, gpu
from ml_exporter.collectors.interface import Reading


@dataclass(frozen=True)
class Gpu:
    """One GPU at one moment; NaN where the driver does not tell."""

    index: str
    uuid: str
    name: str
    utilization: float = nan
    """Share of the last sampling period, 0 to 1."""

    memory_used: float = nan
    memory_total: float = nan
    """Bytes."""

    temperature: float = nan
    """Degrees Celsius."""

    power: float = nan
    """Watts."""


_VALUES: tuple[tuple[Family, Callable[[Gpu], float]], ...] = (
    (gpu.UTILIZATION, lambda device: device.utilization),
    (gpu.MEMORY_USED, lambda device: device.memory_used),
    (gpu.MEMORY_TOTAL, lambda device: device.memory_total),
    (gpu.TEMPERATURE, lambda device: device.temperature),
    (gpu.POWER, lambda device: device.power),
)


def readings(devices: Sequence[Gpu]) -> Iterable[Reading]:
    """Return the families with what each device tells; what it does not tell has no sample."""
    for family, value in _VALUES:
        yield Reading(
            family,
            [
                ((device.index, device.uuid, device.name), value(device))
                for device in devices
                if not isnan(value(device))
            ],
        )
