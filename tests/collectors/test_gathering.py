"""All collectors together: found by scanning, switched on and off, none in the way of another."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from ml_exporter import catalogue, collectors
from ml_exporter.catalogue import gpu, host
from ml_exporter.catalogue.collectors import DURATION, LAST_SUCCESS, SUCCESS
from ml_exporter.clock import ManualClock
from ml_exporter.collectors import CollectorContext, CollectorError, CollectorKind, Collectors, Reading
from ml_exporter.config import CollectorSettings

_PATIENCE = 30.0


class _Collector:
    def __init__(self, act: Callable[[], Iterable[Reading]]) -> None:
        self._act = act

    def collect(self) -> Iterable[Reading]:
        return self._act()


def _gathered(
    acts: dict[str, Callable[[], Iterable[Reading]]], patience: float = _PATIENCE, **settings: CollectorSettings
) -> dict[str, dict[tuple[str, ...], float]]:
    """Gather once from collectors that do what the test says; return family to labels to value."""
    kinds = {
        name: CollectorKind(name, CollectorSettings, lambda _settings, _context, act=act: _Collector(act))
        for name, act in acts.items()
    }
    chosen = {name: settings.get(name, CollectorSettings()) for name in acts}
    together = Collectors.of(kinds, chosen, CollectorContext(Path(), ()), ManualClock(1_700_000_000.0), patience)
    return {reading.family.name: dict(reading.samples) for reading in together.gather()}


def _cpus() -> list[Reading]:
    return [Reading.single(host.CPUS, 4)]


def _fails() -> list[Reading]:
    raise CollectorError("no")


def test_every_collector_of_the_package_is_found_by_its_name() -> None:
    assert sorted(collectors.kinds()) == ["cpu", "disk", "gpu", "memory", "network", "process"]


def test_families_come_in_order_of_name_each_once_and_all_of_them_are_in_the_catalogue(tmp_path: Path) -> None:
    kinds = collectors.kinds()
    settings = {name: kind.settings() for name, kind in kinds.items()}
    together = Collectors.of(kinds, settings, CollectorContext(tmp_path, ()), ManualClock(), _PATIENCE)
    names = [reading.family.name for reading in together.gather()]
    assert names == sorted(set(names))
    assert {family.name for family in catalogue.families()} >= set(names) >= {"ml_host_cpus", SUCCESS.name}


def test_a_failing_collector_costs_its_own_series_only() -> None:
    gathered = _gathered({"cpu": _cpus, "gpu": _fails})
    assert gathered[host.CPUS.name] == {(): 4}
    assert gathered[SUCCESS.name] == {("cpu",): 1, ("gpu",): 0}
    assert set(gathered[DURATION.name]) == {("cpu",), ("gpu",)}
    assert gathered[LAST_SUCCESS.name] == {("cpu",): 1_700_000_000}


def test_a_hanging_collector_costs_its_own_series_only() -> None:
    let_go = threading.Event()

    def hangs() -> list[Reading]:
        assert let_go.wait(_PATIENCE)
        return []

    gathered = _gathered({"a_hanging_one": hangs, "cpu": _cpus}, patience=0.2)
    let_go.set()
    assert gathered[host.CPUS.name] == {(): 4}
    assert gathered[SUCCESS.name] == {("cpu",): 1}


def test_a_family_without_samples_is_not_shown() -> None:
    assert gpu.POWER.name not in _gathered({"gpu": lambda: [Reading(gpu.POWER, [])]})


def test_a_collector_that_is_switched_off_neither_runs_nor_shows() -> None:
    off = CollectorSettings(enabled=False)
    assert _gathered({"cpu": _cpus}, cpu=off) == {}
