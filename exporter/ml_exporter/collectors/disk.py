"""Disks: size and free space of each mounted file system."""

import re
from collections.abc import Iterable
from typing import cast

import psutil

from ml_exporter.catalogue import host
from ml_exporter.collectors.interface import CollectorContext, CollectorError, CollectorKind, Reading
from ml_exporter.config import CollectorSettings, RegularExpression


class DiskSettings(CollectorSettings):
    """Size and free space of the mounted file systems."""

    mountpoints_exclude: RegularExpression = (
        r"^/(dev|proc|sys|run/credentials/.+|run/user/.+|etc/(hosts|hostname|resolv\.conf)"
        r"|var/lib/(docker|kubelet|containers/storage)/.+)($|/)"
    )
    """Mountpoints that are left out."""

    filesystems_exclude: RegularExpression = (
        r"^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|erofs|fuse\..+|fusectl|hugetlbfs"
        r"|iso9660|mqueue|nsfs|overlay|proc|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$"
    )
    """Types of file system that are left out."""


class DiskCollector:
    """Reads the file systems that the settings leave in."""

    def __init__(self, settings: DiskSettings) -> None:
        self._mountpoints = re.compile(settings.mountpoints_exclude)
        self._filesystems = re.compile(settings.filesystems_exclude)

    def collect(self) -> Iterable[Reading]:
        """Read size and free space; a file system that cannot be read costs its own samples only."""
        total: list[tuple[tuple[str], float]] = []
        free: list[tuple[tuple[str], float]] = []
        problems: list[str] = []
        for mountpoint in self._chosen():
            try:
                usage = psutil.disk_usage(mountpoint)
            except OSError as error:
                problems.append(f"{mountpoint}: {error.strerror}")
                continue
            total.append(((mountpoint,), usage.total))
            free.append(((mountpoint,), usage.free))
        readings = [Reading(host.DISK_TOTAL, total), Reading(host.DISK_FREE, free)]
        if problems:
            raise CollectorError(
                f"{'; '.join(problems)}; what is not to be watched belongs into collectors.disk.mountpoints_exclude",
                readings,
            )
        return readings

    def _chosen(self) -> list[str]:
        """Return the mountpoints to read: of a file system that is mounted in several places the shortest one.

        Bind mounts, and the private view that systemd gives a service, would count it several times.
        """
        chosen: dict[str, str] = {}
        for mounted in sorted(psutil.disk_partitions(all=True), key=lambda mounted: len(mounted.mountpoint)):
            left_out = self._mountpoints.search(mounted.mountpoint) or self._filesystems.search(mounted.fstype)
            if not left_out:
                is_named = "/" in mounted.device or ":" in mounted.device  # tmpfs is called tmpfs each time
                chosen.setdefault(mounted.device if is_named else mounted.mountpoint, mounted.mountpoint)
        return sorted(chosen.values())


def _open(settings: CollectorSettings, _context: CollectorContext) -> DiskCollector:
    return DiskCollector(cast("DiskSettings", settings))


COLLECTOR = CollectorKind("disk", DiskSettings, _open)
