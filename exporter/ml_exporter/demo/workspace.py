"""The demo's working folder: its configuration, its feeds, its data and its logs."""

import shutil
import subprocess
import sys
from pathlib import Path

from ml_exporter.demo.processes import ProcessError
from ml_exporter.demo.producer_state import STATE_FILE

CONFIGURATION = "monitoring.yml"
_MARKER = ".made-by-ml-exporter-demo"
_BUNDLE = ("prometheus", "alertmanager", "grafana")
_MADE = (*_BUNDLE, "data", "feed", "logs", "secrets", "prometheus-data", "alertmanager-data", STATE_FILE)


class FolderUnusable(Exception):
    """The folder holds something that is not an earlier demo's, or cannot be written; the message says what to do."""


def prepare(folder: Path, configuration: Path) -> None:
    """Make a clean working folder with a configuration; what an earlier demo left there is removed.

    Raises:
        FolderUnusable: the folder holds something else, which must not be removed, or it cannot be written.
    """
    try:
        if not _may_be_cleaned(folder):
            raise FolderUnusable(
                f"{folder} is not empty and was not made by an earlier demo; choose another with --folder"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARKER).touch()  # first: what is interrupted from here on can be cleaned by the next demo
        for name in _MADE:
            _remove(folder / name)
        for name in ("feed", "logs", "secrets"):
            (folder / name).mkdir()
        shutil.copyfile(configuration, folder / CONFIGURATION)
    except OSError as error:
        raise FolderUnusable(f"{folder} cannot be used ({error}); choose another with --folder") from None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def configuration_file() -> Path:
    """Return the configuration: examples/demo.yml, to which a link in this package leads."""
    return Path(__file__).with_name("demo.yml")


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
    """Tell whether the folder is new, empty, or marked by an earlier demo."""
    return not folder.exists() or (folder / _MARKER).is_file() or not any(folder.iterdir())
