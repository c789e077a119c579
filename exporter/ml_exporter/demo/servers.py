"""How the real servers are started, on loopback and with data folders of their own."""

from pathlib import Path

from ml_exporter.demo.processes import Processes, find_program, require_free

MINIMUM_VERSIONS = {"prometheus": (3, 5), "alertmanager": (0, 28)}
"""The oldest versions that understand what the bundle says; scripts/fetch-stack.sh has the same."""

READY_SECONDS = 60.0
"""How long a server may take to be ready, on a machine that has much else to do."""


def start_prometheus(processes: Processes, configuration: Path, data: Path, port: int) -> str:
    """Start Prometheus; return its address once it is ready.

    Raises:
        ProcessError: it is not installed, its port is in use, or it does not start.
    """
    require_free(port, "Prometheus")
    address = f"http://127.0.0.1:{port}"
    command = [
        find_program("prometheus"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url={address}",
        "--web.enable-lifecycle",
        "--enable-feature=exemplar-storage",
    ]
    processes.start("prometheus", command, configuration.parent)
    processes.wait_for(f"{address}/-/ready", READY_SECONDS)
    return address


def start_alertmanager(processes: Processes, configuration: Path, data: Path, port: int) -> str:
    """Start Alertmanager; return its address once it is ready.

    Raises:
        ProcessError: it is not installed, its port is in use, or it does not start.
    """
    require_free(port, "Alertmanager")
    address = f"http://127.0.0.1:{port}"
    command = [
        find_program("alertmanager"),
        f"--config.file={configuration}",
        f"--storage.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url={address}",
        "--cluster.listen-address=",
    ]
    processes.start("alertmanager", command, configuration.parent)
    processes.wait_for(f"{address}/-/ready", READY_SECONDS)
    return address
