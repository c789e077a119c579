"""The systemd service: what systemd itself says of it, and that it fits what the exporter does."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "packaging" / "systemd"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze comes with systemd, which a container may lack"
)


def _service() -> dict[str, str]:
    """Return the settings of the service; of one that comes several times the last."""
    lines = (_FOLDER / "ml-exporter.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.fixture(name="unit")
def _unit(tmp_path: Path) -> Path:
    """The unit as it is, but for the command: that must exist where it is checked."""
    unit = tmp_path / "ml-exporter.service"
    text = (_FOLDER / "ml-exporter.service").read_text()
    unit.write_text(text.replace("ExecStart=/opt/ml-exporter/bin/ml-exporter run", "ExecStart=/bin/true run"))
    return unit


@needs_systemd
def test_systemd_finds_nothing_to_say(unit: Path) -> None:
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@needs_systemd
def test_it_is_well_confined(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--json=short", "--no-pager", str(unit)]
    checked = subprocess.run(command, capture_output=True, text=True, check=True)
    open_points = {row["json_field"] for row in json.loads(checked.stdout) if not row["set"] and row["exposure"]}
    needed = {
        "DeviceAllow",  # the GPU's devices
        "PrivateDevices",
        "ProcSubset",  # the collectors read /proc
        "ProtectProc",
        "PrivateUsers",
        "MemoryDenyWriteExecute",
        "PrivateNetwork",  # it serves HTTP
        "RestrictAddressFamilies_AF_INET_INET6",
        "RestrictAddressFamilies_AF_NETLINK",
        "RestrictAddressFamilies_AF_UNIX",  # it tells systemd that it lives
        "IPAddressDeny",  # who may scrape it is the user's to say
        "RootDirectoryOrRootImage",  # feeds lie anywhere
        "ProtectHome",
        "SystemCallFilter_resources",
    }
    assert open_points <= needed


def test_a_reload_is_the_signal_that_the_exporter_hears() -> None:
    assert _service()["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_it_tells_systemd_of_its_life_and_has_time_to_end() -> None:
    service = _service()
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["WatchdogSec"] == "5min"
    assert service["TimeoutStopSec"] == "30s"


def test_it_runs_as_the_user_that_is_made_for_it_and_keeps_its_state_where_that_user_may_write() -> None:
    service = _service()
    kind, user, _ = (_FOLDER / "ml-exporter.sysusers.conf").read_text().splitlines()[1].split(maxsplit=2)
    assert (kind, user) == ("u", service["User"])
    assert service["StateDirectory"] == "ml-exporter"
    assert service["ProtectSystem"] == "strict"
