"""The host's collectors against the operating system's own words, and their filters."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from ml_exporter.collectors import CollectorContext, CollectorError, Reading, kinds
from ml_exporter.collectors.disk import DiskSettings
from ml_exporter.collectors.network import NetworkSettings
from ml_exporter.config import CollectorSettings

_CONTEXT = CollectorContext(Path(), ())


def _collect(name: str, settings: CollectorSettings | None = None) -> dict[str, dict[tuple[str, ...], float]]:
    kind = kinds()[name]
    return _plain(kind.open(settings or kind.settings(), _CONTEXT).collect())


def _plain(readings: Iterable[Reading]) -> dict[str, dict[tuple[str, ...], float]]:
    return {reading.family.name: dict(reading.samples) for reading in readings}


def test_the_processors_modes_add_up_to_all_of_their_time() -> None:
    families = _collect("cpu")
    total = sum(families["ml_host_cpu_seconds_total"].values())
    lines = Path("/proc/stat").read_text().splitlines()
    jiffies = [int(field) for field in lines[0].split()[1:9]]  # user to steal: guest time is within user and nice
    assert families["ml_host_cpus"][()] == os.cpu_count()
    assert total == pytest.approx(sum(jiffies) / os.sysconf("SC_CLK_TCK"), rel=0.05)
    assert not {("guest",), ("guest_nice",)} & set(families["ml_host_cpu_seconds_total"])


def test_the_memory_is_that_of_the_kernel() -> None:
    families = _collect("memory")
    lines = Path("/proc/meminfo").read_text().splitlines()
    kernel = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    assert families["ml_host_memory_total_bytes"][()] == kernel["MemTotal"]
    assert families["ml_host_memory_available_bytes"][()] == pytest.approx(kernel["MemAvailable"], rel=0.2)


def test_the_root_file_system_is_as_large_as_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    _mount(monkeypatch, {"/": "ext4"})
    families = _collect("disk")
    assert families["ml_host_disk_total_bytes"] == {("/",): shutil.disk_usage("/").total}
    assert families["ml_host_disk_free_bytes"][("/",)] == pytest.approx(shutil.disk_usage("/").free, rel=0.1)


def _mount(monkeypatch: pytest.MonkeyPatch, mounted: dict[str, str]) -> None:
    devices = {"tmpfs": "tmpfs"}
    partitions = [
        SimpleNamespace(mountpoint=place, fstype=kind, device=devices.get(kind, f"/dev/for{place}"))
        for place, kind in mounted.items()
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: partitions)


def test_what_is_no_disk_is_left_out_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = SimpleNamespace(total=100, free=40)
    monkeypatch.setattr(psutil, "disk_usage", lambda _: sizes)
    _mount(
        monkeypatch,
        {
            "/": "ext4",
            "/devices": "xfs",
            "/run": "tmpfs",
            "/srv/share": "nfs4",
            "/proc": "proc",
            "/sys/fs/cgroup/memory": "cgroup",
            "/dev/shm": "tmpfs",  # noqa: S108 - a mountpoint
            "/etc/hosts": "ext4",
            "/var/lib/docker/overlay2/ab/merged": "overlay",
            "/var/lib/kubelet/pods/x/volumes/y": "tmpfs",
            "/snap/core/1": "squashfs",
        },
    )
    families = _collect("disk")
    assert families["ml_host_disk_free_bytes"] == dict.fromkeys([("/",), ("/devices",), ("/run",), ("/srv/share",)], 40)


def test_a_file_system_that_is_mounted_several_times_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "disk_usage", lambda _: SimpleNamespace(total=100, free=40))
    places = {"/home": "/dev/sda1", "/": "/dev/sda1", "/srv": "server:/share", "/a": "tmpfs", "/b": "tmpfs", "/z": "z"}
    partitions = [SimpleNamespace(mountpoint=at, fstype="x", device=device) for at, device in places.items()]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: partitions)
    total = _collect("disk")["ml_host_disk_total_bytes"]
    assert [mountpoint for (mountpoint,) in total] == ["/", "/a", "/b", "/srv", "/z"]


def test_mountpoints_and_file_systems_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    _mount(monkeypatch, {"/": "ext4", "/tmp": "tmpfs", "/usr": "ext4"})  # noqa: S108 - a mountpoint
    settings = DiskSettings(mountpoints_exclude="^/usr$", filesystems_exclude="^tmpfs$")
    assert list(_collect("disk", settings)["ml_host_disk_total_bytes"]) == [("/",)]


def test_a_file_system_that_cannot_be_read_costs_its_own_samples_only(monkeypatch: pytest.MonkeyPatch) -> None:
    _mount(monkeypatch, {"/": "ext4", "/gone": "nfs4"})
    with pytest.raises(CollectorError, match=r"^/gone: No such file or directory; .*mountpoints_exclude") as failure:
        _collect("disk")
    assert list(_plain(failure.value.readings)["ml_host_disk_total_bytes"]) == [("/",)]


def test_network_devices_are_counted_by_the_kernel_and_can_be_left_out() -> None:
    everything = NetworkSettings(devices_exclude="^$")
    sent = _collect("network", everything)["ml_host_network_transmit_bytes_total"]
    kernel = {
        line.split(":")[0].strip(): int(line.split(":")[1].split()[8])
        for line in Path("/proc/net/dev").read_text().splitlines()[2:]
    }
    assert {device for (device,) in sent} == set(kernel)
    assert all(sent[(device,)] <= counted for device, counted in kernel.items())
    assert not _collect("network", NetworkSettings(devices_exclude="."))["ml_host_network_transmit_bytes_total"]


def test_the_loopback_and_the_devices_of_containers_are_left_out_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = ("lo", "eth0", "wlp3s0", "bond0", "veth12ab", "docker0", "br-0a1b", "cali1", "virbr0", "lxcbr0")
    counted = SimpleNamespace(bytes_sent=1, bytes_recv=2)
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: dict.fromkeys(devices, counted) if pernic else None)
    received = _collect("network")["ml_host_network_receive_bytes_total"]
    assert received == {("bond0",): 2, ("eth0",): 2, ("wlp3s0",): 2}
