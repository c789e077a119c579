"""GPUs by NVML, the library that comes with NVIDIA's driver."""

from collections.abc import Callable
from math import nan
from typing import Any

import pynvml

from ml_exporter.collectors.gpu.device import Gpu, readings
from ml_exporter.collectors.interface import CollectorError

_NO_GPU = (pynvml.NVMLError_LibraryNotFound, pynvml.NVMLError_DriverNotLoaded)
_NOT_TOLD = (pynvml.NVMLError_NotSupported, pynvml.NVMLError_NoPermission, pynvml.NVMLError_FunctionNotFound)
"""This GPU, this user or this driver is without the value: nothing has failed."""


class Nvml:
    """An open session with NVML. It is kept, since opening one may take a second."""

    @classmethod
    def open(cls) -> "Nvml | None":
        """Open a session; ``None`` where the host has no NVIDIA driver.

        Raises:
            CollectorError: there is a driver, but it cannot be asked.
        """
        try:
            pynvml.nvmlInit()
        except _NO_GPU:
            return None
        except pynvml.NVMLError as error:
            raise CollectorError(f"NVML cannot be opened: {error}; does the driver fit its library?") from None
        return cls()

    def devices(self) -> list[Gpu]:
        """Return every GPU.

        Raises:
            CollectorError: one of them cannot be read, or none; the readings of the others come with it. The
                session is closed.
        """
        found: list[Gpu] = []
        problems: list[str] = []
        try:
            for index in range(pynvml.nvmlDeviceGetCount()):
                try:
                    found.append(_device(index))
                except pynvml.NVMLError as error:
                    problems.append(f"GPU {index}: {error}")
        except pynvml.NVMLError as error:
            problems.append(f"NVML: {error}")
        if problems:
            self._close()
            raise CollectorError(f"{'; '.join(problems)}; nvidia-smi may tell more", readings(found))
        return found

    def _close(self) -> None:
        """Close the session, so that the next one starts afresh: a GPU that was lost is only found again so."""
        try:
            pynvml.nvmlShutdown()
        except pynvml.NVMLError:
            return


def _device(index: int) -> Gpu:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = _told(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle))
    return Gpu(
        index=str(index),
        uuid=str(pynvml.nvmlDeviceGetUUID(handle)),
        name=str(pynvml.nvmlDeviceGetName(handle)),
        utilization=_told(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100),
        memory_used=getattr(memory, "used", nan),
        memory_total=getattr(memory, "total", nan),
        temperature=_told(lambda: _temperature(handle)),
        power=_told(lambda: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000),
    )


def _temperature(handle: Any) -> float:
    """Ask as current drivers want to be asked, or as older ones did."""
    try:
        return float(pynvml.nvmlDeviceGetTemperatureV(handle, pynvml.NVML_TEMPERATURE_GPU))
    except pynvml.NVMLError_FunctionNotFound:
        return float(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))


def _told(ask: Callable[[], Any]) -> Any:
    """Return what the driver tells, or NaN where it has nothing to tell."""
    try:
        return ask()
    except _NOT_TOLD:
        return nan
