"""GPUs by nvidia-smi, for hosts (and containers) where the command is all there is of the driver."""

import shutil
import warnings
from collections.abc import Callable, Sequence
from math import nan
from typing import Any

from ml_exporter.collectors.gpu.device import Gpu
from ml_exporter.collectors.interface import CollectorError

_MEBIBYTE = 1024 * 1024


class NvidiaSmi:
    """Asks nvidia-smi, by the library GPUtil. It tells no power."""

    @classmethod
    def open(cls) -> "NvidiaSmi | None":
        """Return it where both the command and the library are there."""
        ask = _library() if shutil.which("nvidia-smi") else None
        return None if ask is None else cls(ask)

    def __init__(self, ask: Callable[[], Sequence[Any]]) -> None:
        self._ask = ask

    def devices(self) -> list[Gpu]:
        """Return every GPU.

        Raises:
            CollectorError: nvidia-smi names none, or does not answer.
        """
        try:
            found = [_device(device) for device in self._ask()]
        except (ValueError, IndexError, ZeroDivisionError) as error:
            # GPUtil reads whatever the command prints as a table
            raise CollectorError(
                f"the answer of nvidia-smi cannot be read ({error}); run nvidia-smi to see it"
            ) from None
        if not found:
            raise CollectorError("nvidia-smi names no GPU; run it to see why, or set collectors.gpu.enabled: false")
        return found


def _library() -> Callable[[], Sequence[Any]] | None:
    """Import GPUtil, which is an extra."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports distutils, which setuptools provides
        try:
            import GPUtil  # noqa: PLC0415
        except ImportError:
            return None
    ask: Callable[[], Sequence[Any]] = GPUtil.getGPUs
    return ask


def _device(device: Any) -> Gpu:
    return Gpu(
        index=str(device.id),
        uuid=device.uuid,
        name=device.name,
        utilization=device.load,
        memory_used=device.memoryUsed * _MEBIBYTE,
        memory_total=device.memoryTotal * _MEBIBYTE,
        temperature=device.temperature,
        power=nan,
    )
