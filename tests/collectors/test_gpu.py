"""GPUs: by a stand-in for NVIDIA's driver, by a stand-in for nvidia-smi, and on a host that has none."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pynvml
import pytest

from ml_exporter.clock import ManualClock
from ml_exporter.collectors import CollectorContext, Collectors, Reading
from ml_exporter.collectors.gpu import COLLECTOR

_ALL = (
    "ml_gpu_memory_total_bytes",
    "ml_gpu_memory_used_bytes",
    "ml_gpu_power_watts",
    "ml_gpu_temperature_celsius",
    "ml_gpu_utilization_ratio",
)
_FIRST = ("0", "GPU-0", "NVIDIA L4")
_SECOND = ("1", "GPU-1", "NVIDIA L4")


@dataclass
class _Driver:
    """NVIDIA's driver with two GPUs, of which parts can break."""

    broken: dict[tuple[str, int], int] = field(default_factory=dict)
    """What fails: function and GPU to NVML's error code."""

    cannot_open: int | None = None
    sessions: int = 0

    def init(self) -> None:
        if self.cannot_open is not None:
            raise pynvml.NVMLError(self.cannot_open)
        self.sessions += 1

    def shutdown(self) -> None:
        self.sessions -= 1

    def asked(self, what: str, gpu: int) -> None:
        if (what, gpu) in self.broken:
            raise pynvml.NVMLError(self.broken[what, gpu])

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answering(what: str, answer: object) -> object:
            def ask(gpu: int = 0, *_: object) -> object:
                self.asked(what, gpu)
                return answer(gpu) if callable(answer) else answer

            return ask

        answers = {
            "Count": 2,
            "HandleByIndex": lambda gpu: gpu,
            "UUID": lambda gpu: f"GPU-{gpu}",
            "Name": "NVIDIA L4",
            "UtilizationRates": lambda gpu: SimpleNamespace(gpu=75 + gpu, memory=0),
            "MemoryInfo": SimpleNamespace(used=3 * 2**30, total=24 * 2**30, free=21 * 2**30),
            "TemperatureV": 61,
            "Temperature": 62,
            "PowerUsage": 70_500,
        }
        monkeypatch.setattr(pynvml, "nvmlInit", self.init)
        monkeypatch.setattr(pynvml, "nvmlShutdown", self.shutdown)
        for what, answer in answers.items():
            monkeypatch.setattr(pynvml, f"nvmlDeviceGet{what}", answering(what, answer))


@pytest.fixture(name="driver")
def _driver(monkeypatch: pytest.MonkeyPatch) -> _Driver:
    driver = _Driver()
    driver.install(monkeypatch)
    return driver


@pytest.fixture(name="collectors")
def _collectors() -> Collectors:
    """The GPU collector as the exporter runs it."""
    return Collectors.of(
        {"gpu": COLLECTOR},
        {"gpu": COLLECTOR.settings()},
        CollectorContext(Path(), ()),
        ManualClock(1.0),
        patience=30.0,
    )


@pytest.fixture(name="commands", autouse=True)
def _commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing is on PATH but what a test puts there."""
    commands = tmp_path / "bin"
    commands.mkdir()
    monkeypatch.setenv("PATH", str(commands))
    return commands


def _nvidia_smi(commands: Path, *answer: str) -> None:
    command = commands / "nvidia-smi"
    lines = "".join(f"echo '{line}'\n" for line in answer)
    command.write_text(f"#!/bin/sh\n{lines}")
    command.chmod(0o755)


def _plain(readings: Iterable[Reading]) -> dict[str, dict[tuple[str, ...], float]]:
    families = {reading.family.name: dict(reading.samples) for reading in readings}
    return {name: samples for name, samples in families.items() if "gpu" in name or name.endswith("success")}


def test_the_driver_tells_of_every_gpu_in_base_units(driver: _Driver, collectors: Collectors) -> None:
    gathered = _plain(collectors.gather())
    assert gathered == {
        "ml_exporter_collector_success": {("gpu",): 1},
        "ml_gpu_utilization_ratio": {_FIRST: 0.75, _SECOND: 0.76},
        "ml_gpu_memory_used_bytes": dict.fromkeys([_FIRST, _SECOND], 3 * 2**30),
        "ml_gpu_memory_total_bytes": dict.fromkeys([_FIRST, _SECOND], 24 * 2**30),
        "ml_gpu_temperature_celsius": dict.fromkeys([_FIRST, _SECOND], 61),
        "ml_gpu_power_watts": dict.fromkeys([_FIRST, _SECOND], 70.5),
    }
    assert driver.sessions == 1


def test_the_session_with_the_driver_is_kept(driver: _Driver, collectors: Collectors) -> None:
    collectors.gather()
    collectors.gather()
    assert driver.sessions == 1


@pytest.mark.parametrize("code", [pynvml.NVML_ERROR_NOT_SUPPORTED, pynvml.NVML_ERROR_NO_PERMISSION])
def test_what_a_gpu_does_not_tell_has_no_sample_and_is_no_failure(
    driver: _Driver, collectors: Collectors, code: int
) -> None:
    driver.broken[("PowerUsage", 0)] = code
    gathered = _plain(collectors.gather())
    assert gathered["ml_gpu_power_watts"] == {_SECOND: 70.5}
    assert gathered["ml_exporter_collector_success"] == {("gpu",): 1}


def test_an_older_driver_is_asked_for_the_temperature_in_its_own_way(driver: _Driver, collectors: Collectors) -> None:
    for gpu in (0, 1):
        driver.broken[("TemperatureV", gpu)] = pynvml.NVML_ERROR_FUNCTION_NOT_FOUND
    assert _plain(collectors.gather())["ml_gpu_temperature_celsius"] == {_FIRST: 62, _SECOND: 62}


def test_a_lost_gpu_costs_its_own_series_only_and_comes_back(driver: _Driver, collectors: Collectors) -> None:
    driver.broken[("UUID", 0)] = pynvml.NVML_ERROR_GPU_IS_LOST
    gathered = _plain(collectors.gather())
    assert gathered["ml_exporter_collector_success"] == {("gpu",): 0}
    assert [list(gathered[name]) for name in _ALL] == [[_SECOND]] * 5
    assert driver.sessions == 0, "a lost GPU is only found again by a new session"
    driver.broken.clear()
    gathered = _plain(collectors.gather())
    assert gathered["ml_exporter_collector_success"] == {("gpu",): 1}
    assert [list(gathered[name]) for name in _ALL] == [[_FIRST, _SECOND]] * 5


@pytest.mark.parametrize("exclude", ["^GPU-0$", "NVIDIA A100"])
def test_a_gpu_is_left_out_by_its_uuid_or_name(
    driver: _Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, exclude: str
) -> None:
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda gpu: "NVIDIA L4" if gpu else "NVIDIA A100")
    settings = COLLECTOR.settings(devices_exclude=exclude)  # type: ignore[call-arg] # the collector's own
    some = Collectors.of(
        {"gpu": COLLECTOR}, {"gpu": settings}, CollectorContext(tmp_path, ()), ManualClock(), patience=30.0
    )
    gathered = _plain(some.gather())
    assert [list(gathered[name]) for name in _ALL] == [[_SECOND]] * 5
    driver.broken[("UUID", 1)] = pynvml.NVML_ERROR_GPU_IS_LOST
    assert _plain(some.gather()) == {"ml_exporter_collector_success": {("gpu",): 0}}


def test_a_driver_that_fails_as_a_whole_leaves_no_series_and_recovers(driver: _Driver, collectors: Collectors) -> None:
    collectors.gather()
    driver.broken[("Count", 0)] = pynvml.NVML_ERROR_UNKNOWN
    assert _plain(collectors.gather()) == {"ml_exporter_collector_success": {("gpu",): 0}}
    driver.broken.clear()
    assert set(_plain(collectors.gather())) == {"ml_exporter_collector_success", *_ALL}


@pytest.mark.parametrize("code", [pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED])
def test_a_host_without_a_gpu_has_no_series_and_no_error(driver: _Driver, collectors: Collectors, code: int) -> None:
    driver.cannot_open = code
    assert _plain(collectors.gather()) == {"ml_exporter_collector_success": {("gpu",): 1}}


def test_a_driver_that_does_not_fit_its_library_is_an_error(driver: _Driver, collectors: Collectors) -> None:
    driver.cannot_open = pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH
    assert _plain(collectors.gather()) == {"ml_exporter_collector_success": {("gpu",): 0}}


@pytest.mark.parametrize("code", [pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH])
def test_where_only_nvidia_smi_answers_it_is_asked(
    driver: _Driver, collectors: Collectors, commands: Path, code: int
) -> None:
    driver.cannot_open = code
    _nvidia_smi(
        commands,
        "0, GPU-0, 75, 24576, 3072, 21504, 550.54, NVIDIA L4, 123, Disabled, Disabled, 61",
        "1, GPU-1, [N/A], 24576, 3072, 21504, 550.54, NVIDIA L4, 124, Disabled, Disabled, 61",
    )
    assert _plain(collectors.gather()) == {
        "ml_exporter_collector_success": {("gpu",): 1},
        "ml_gpu_utilization_ratio": {_FIRST: 0.75},
        "ml_gpu_memory_used_bytes": dict.fromkeys([_FIRST, _SECOND], 3 * 2**30),
        "ml_gpu_memory_total_bytes": dict.fromkeys([_FIRST, _SECOND], 24 * 2**30),
        "ml_gpu_temperature_celsius": dict.fromkeys([_FIRST, _SECOND], 61),
    }


@pytest.mark.parametrize("answer", [(), ("No devices were found",), ("Failed to initialize NVML: Unknown Error",)])
def test_an_nvidia_smi_that_names_no_gpu_is_an_error_until_it_does(
    driver: _Driver, collectors: Collectors, commands: Path, answer: tuple[str, ...]
) -> None:
    driver.cannot_open = pynvml.NVML_ERROR_LIBRARY_NOT_FOUND
    _nvidia_smi(commands, *answer)
    assert _plain(collectors.gather()) == {"ml_exporter_collector_success": {("gpu",): 0}}
    _nvidia_smi(commands, "0, GPU-0, 75, 24576, 3072, 21504, 550.54, NVIDIA L4, 123, Disabled, Disabled, 61")
    assert _plain(collectors.gather())["ml_gpu_utilization_ratio"] == {_FIRST: 0.75}


def test_without_the_extra_nvidia_smi_is_not_asked(
    driver: _Driver, collectors: Collectors, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.cannot_open = pynvml.NVML_ERROR_LIBRARY_NOT_FOUND
    monkeypatch.setitem(sys.modules, "GPUtil", None)
    _nvidia_smi(commands, "0, GPU-0, 75, 24576, 3072, 21504, 550.54, NVIDIA L4, 123, Disabled, Disabled, 61")
    assert _plain(collectors.gather()) == {"ml_exporter_collector_success": {("gpu",): 1}}
