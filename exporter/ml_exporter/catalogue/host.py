"""The host: processor, memory, disks, network. Rates and usage ratios are made of these by recording rules."""

from ml_exporter.catalogue.definition import Family, FamilyType

_AREA = "host"


def _family(name: str, kind: FamilyType, help_text: str, *labels: str) -> Family:
    return Family(f"ml_host_{name}", kind, help_text, labels, _AREA)


CPU_SECONDS = _family(
    "cpu_seconds_total", "counter", "Time that all processors together spent in each mode, since boot.", "mode"
)
CPUS = _family("cpus", "gauge", "Logical processors.")
MEMORY_TOTAL = _family("memory_total_bytes", "gauge", "Memory of the host.")
MEMORY_AVAILABLE = _family("memory_available_bytes", "gauge", "Memory that can be given to processes without swapping.")
DISK_TOTAL = _family("disk_total_bytes", "gauge", "Size of the file system.", "mountpoint")
DISK_FREE = _family(
    "disk_free_bytes", "gauge", "Space of the file system that is free for users without privileges.", "mountpoint"
)
NETWORK_TRANSMIT = _family(
    "network_transmit_bytes_total", "counter", "Bytes that the network device has sent, since boot.", "device"
)
NETWORK_RECEIVE = _family(
    "network_receive_bytes_total", "counter", "Bytes that the network device has received, since boot.", "device"
)
FAMILIES = (
    CPU_SECONDS,
    CPUS,
    MEMORY_TOTAL,
    MEMORY_AVAILABLE,
    DISK_TOTAL,
    DISK_FREE,
    NETWORK_TRANSMIT,
    NETWORK_RECEIVE,
)
