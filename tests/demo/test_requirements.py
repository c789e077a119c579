"""What the demo needs: told before anything is started, with what brings it."""

import importlib.util
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_exporter.config import Monitoring
from ml_exporter.demo import requirements
from ml_exporter.demo.processes import ProcessError
from ml_exporter.demo.requirements import Unmet, check_requirements, owners, port_of
from ml_exporter.demo.servers import MINIMUM_VERSIONS
from ml_exporter.pipeline import load_configuration

Write = Callable[[str, str], None]
_CURRENT = {"prometheus": "prometheus, version 3.5.3+ds1", "alertmanager": "alertmanager, version 0.33.0"}


@pytest.fixture
def monitoring(demo_configuration: Path) -> Monitoring:
    return load_configuration(demo_configuration)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Put programs that tell a version first on PATH; at the beginning both servers are there and new enough."""

    def program(name: str, tells: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{tells}' >&2\n")
        (tmp_path / name).chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    for name, told in _CURRENT.items():
        program(name, told)
    return program


@pytest.mark.usefixtures("write")
def test_a_machine_that_has_everything_will_do(monitoring: Monitoring) -> None:
    check_requirements(monitoring)


def test_a_program_that_is_too_old_is_told_with_the_version_that_is_needed(
    monitoring: Monitoring, write: Write
) -> None:
    write("prometheus", "prometheus, version 2.42.0+ds (branch: debian/sid)")
    with pytest.raises(Unmet, match=r"prometheus is version 2\.42, and 3\.5 or newer is needed; `make demo` brings it"):
        check_requirements(monitoring)


def test_a_version_is_compared_by_its_numbers(monitoring: Monitoring, write: Write) -> None:
    write("prometheus", "prometheus, version 3.10.0")
    write("alertmanager", "alertmanager, version 1.0.0")
    check_requirements(monitoring)


def test_a_program_that_tells_no_version_is_doubted(monitoring: Monitoring, write: Write) -> None:
    write("alertmanager", "command not understood")
    with pytest.raises(Unmet, match=r"alertmanager does not tell its version; is it Alertmanager\?"):
        check_requirements(monitoring)


@pytest.mark.usefixtures("write")
def test_a_missing_program_is_named(monitoring: Monitoring, tmp_path: Path) -> None:
    (tmp_path / "alertmanager").unlink()
    with pytest.raises(ProcessError, match="alertmanager is not on PATH"):
        check_requirements(monitoring)


@pytest.mark.usefixtures("write")
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    monitoring: Monitoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name == "sklearn" else find_spec(name))
    with pytest.raises(Unmet, match=r"sklearn is not installed; pip install 'ml-exporter\[demo\]'"):
        check_requirements(monitoring)


@pytest.mark.usefixtures("write")
def test_each_port_in_use_is_told_with_who_needs_it(monitoring: Monitoring) -> None:
    for owner, address in owners(monitoring).items():
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port_of(address)))
            taken.listen()
            with pytest.raises(ProcessError, match=f"port {port_of(address)}, which {owner} needs, is in use"):
                check_requirements(monitoring)


def test_the_script_that_fetches_the_servers_asks_for_the_same_versions() -> None:
    script = (Path(__file__).parents[2] / "scripts" / "fetch-stack.sh").read_text(encoding="utf-8")
    for program, version in MINIMUM_VERSIONS.items():
        assert f"{program.upper()}_MINIMUM={'.'.join(map(str, version))}\n" in script
