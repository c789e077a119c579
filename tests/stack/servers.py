"""A real Prometheus and a real Alertmanager for tests: on free ports of loopback, each stopped with its context."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml_exporter.demo.processes import ProcessError, Processes, find_program, free_port
from ml_exporter.demo.servers import start_alertmanager, start_prometheus


@contextmanager
def prometheus(config_file: Path, data_dir: Path) -> Iterator[str]:
    """Run Prometheus while the context lasts.

    Args:
        config_file: prometheus.yml; paths in it start from its folder.
        data_dir: a folder for its data; its log is ``data_dir/logs/prometheus.log``.

    Yields:
        Its address, ``http://127.0.0.1:PORT``, once it is ready.

    Raises:
        ProcessError: it is not installed or does not start; the message shows the end of its log.
    """
    with Processes(data_dir / "logs") as processes:
        yield start_prometheus(processes, config_file, data_dir / "tsdb", free_port())


@contextmanager
def alertmanager(config_file: Path, data_dir: Path) -> Iterator[str]:
    """Run Alertmanager while the context lasts.

    Args:
        config_file: alertmanager.yml; paths in it start from its folder.
        data_dir: a folder for its data; its log is ``data_dir/logs/alertmanager.log``.

    Yields:
        Its address, ``http://127.0.0.1:PORT``, once it is ready.

    Raises:
        ProcessError: it is not installed or does not start; the message shows the end of its log.
    """
    with Processes(data_dir / "logs") as processes:
        yield start_alertmanager(processes, config_file, data_dir / "state", free_port())


def promtool() -> str:
    """Return the path of promtool; fail (a skipped check is no check) where it is missing."""
    return _tool("promtool")


def amtool() -> str:
    """Return the path of amtool; fail (a skipped check is no check) where it is missing."""
    return _tool("amtool")


def _tool(name: str) -> str:
    try:
        return find_program(name)
    except ProcessError:
        raise AssertionError(f"{name} is not on PATH: run `make test`, which fetches it") from None
