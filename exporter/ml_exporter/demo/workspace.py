"""The demo's working folder: its configuration, its feeds, its data and its logs."""

import shutil
import subprocess
import sys
from pathlib import Path

from ml_exporter.demo.processes import ProcessError
from ml_exporter.demo.producer_state import STATE_FILE

CONFIGURATION = "monitoring.yml"
_MADE = ("data", "feed", "logs", "prometheus-data", "alertmanager-data", STATE_FILE)


class FolderInUse(Exception):
    """The folder holds something that is not an earlier demo's; the message says what to do."""


def prepare(folder: Path) -> None:
    """Make a clean working folder with the configuration; what an earlier demo left there is removed.

    Raises:
        FolderInUse: the folder holds something else, which must not be removed.
    """
    if not _may_be_cleaned(folder):
        raise FolderInUse(f"{folder} is not empty and was not made by an earlier demo; choose another with --folder")
    for name in _MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in ("feed", "secrets"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(configuration_file(), folder / CONFIGURATION)


def configuration_file() -> Path:
    """Return where examples/demo.yml is: in the installed package, or in the checkout."""
    packaged = Path(__file__).with_name("demo.yml")
    return packaged if packaged.is_file() else Path(__file__).parents[3] / "examples" / "demo.yml"


def write_bundle(folder: Path) -> None:
    """Generate the configuration of Prometheus and Alertmanager, as a user would.

    Raises:
        ProcessError: the command failed.
    """
    command = [sys.executable, "-m", "ml_exporter", "bundle", CONFIGURATION, "--out", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise ProcessError(f"`ml-exporter bundle` ended with code {done.returncode}:\n{done.stdout}{done.stderr}")


def _may_be_cleaned(folder: Path) -> bool:
    """Tell whether the folder is new, empty, or begins its configuration as the demo's own does."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return True
    configuration = folder / CONFIGURATION
    return configuration.is_file() and _title(configuration) == _title(configuration_file())


def _title(configuration: Path) -> str:
    return configuration.read_text(encoding="utf-8").partition("\n")[0]
