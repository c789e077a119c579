"""The scripts behind make: they do nothing twice, and say what is missing and what brings it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_SCRIPTS = Path(__file__).parents[2] / "scripts"
_NEEDED = [
    "bash",
    "id",
    "realpath",
    "mktemp",
    "mkdir",
    "rm",
    "grep",
    "head",
    "tail",
    "cut",
    "sort",
    "cat",
    "cksum",
    "dirname",
    "pwd",
]

Program = Callable[[str, str], None]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Make programs for a PATH on which nothing else is than the shell's usual tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in _NEEDED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return make


def _run(script: str, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(folder / "bin"), "HOME": str(folder)}
    return subprocess.run(
        ["bash", str(_SCRIPTS / script), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _servers(program: Program, prometheus: str, alertmanager: str) -> None:
    for name, version in {
        "prometheus": prometheus,
        "promtool": prometheus,
        "alertmanager": alertmanager,
        "amtool": alertmanager,
    }.items():
        program(name, f"echo '{name}, version {version} (branch: HEAD)'")
    program("docker-compose", "echo 'Docker Compose version 2.40.3-3'")


def test_servers_on_path_that_are_new_enough_are_used_and_nothing_is_fetched(tmp_path: Path, program: Program) -> None:
    _servers(program, "3.10.0", "0.28.1")
    done = _run("fetch-stack.sh", "stack", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "stack").exists()


@pytest.mark.parametrize(("prometheus", "alertmanager"), [("2.42.0", "0.33.0"), ("3.5.3", "0.25.0"), ("3.5.3", "0.9")])
def test_where_servers_are_too_old_and_none_can_be_fetched_the_versions_that_are_needed_are_told(
    tmp_path: Path, program: Program, prometheus: str, alertmanager: str
) -> None:
    _servers(program, prometheus, alertmanager)
    done = _run("fetch-stack.sh", "stack", folder=tmp_path)
    assert done.returncode == 1
    assert "this is not Debian or Ubuntu: there is no apt-get." in done.stderr
    assert "Prometheus >= 3.5 and Alertmanager >= 0.28 are needed" in done.stderr


def test_a_machine_whose_sources_name_no_mirror_of_debian_is_asked_for_one(tmp_path: Path, program: Program) -> None:
    program("apt-get", "echo https://ubuntu.example/ubuntu/")
    program("id", "echo 0")
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    done = _run("fetch-stack.sh", "stack", folder=tmp_path)
    assert done.returncode == 1
    asked = "name one in DEBIAN_MIRROR" if keyring.exists() else "apt-get install debian-archive-keyring"
    assert asked in done.stderr


def test_an_environment_that_is_up_to_date_is_left_alone(tmp_path: Path, program: Program) -> None:
    program("python3", "echo must not run >&2; exit 9")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    checksum = subprocess.run(["cksum"], input="[project]\n", capture_output=True, text=True, check=True)
    (tmp_path / "environment").mkdir()
    stamp = tmp_path / "environment" / ".made-from"
    stamp.write_text(f"dev {tmp_path} {checksum.stdout.strip()}\n")
    assert _run("make-venv.sh", "environment", "dev", folder=tmp_path).returncode == 0
    stamp.write_text(f"dev /elsewhere {checksum.stdout.strip()}\n")
    assert _run("make-venv.sh", "environment", "dev", folder=tmp_path).returncode == 1


def test_a_python_that_is_too_old_is_refused_with_its_version(tmp_path: Path, program: Program) -> None:
    program("python3", '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    done = _run("make-venv.sh", "environment", "dev", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "make-venv: Python 3.11 or newer is needed; python3 is Python 3.9.2\n"
    assert not (tmp_path / "environment").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="the script then installs nothing, it asks")
def test_a_missing_venv_is_installed_from_the_distribution(tmp_path: Path, program: Program) -> None:
    program("python3", 'case "$2" in *ensurepip*) exit 1;; *-m*) exit 7;; esac; [ "$1" = -m ] && exit 7; exit 0')
    program("apt-get", f'echo "$@" >>"{tmp_path}/asked"')
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    done = _run("make-venv.sh", "environment", "dev", folder=tmp_path)
    assert done.returncode == 7
    assert "installing python3-venv" in done.stderr
    assert (tmp_path / "asked").read_text().splitlines()[-1] == "-qq install -y --no-install-recommends python3-venv"


def test_a_browser_that_is_there_is_used_and_nothing_is_installed(tmp_path: Path, program: Program) -> None:
    program("google-chrome", "echo 'Google Chrome 150.0'")
    done = _run("fetch-browser.sh", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_where_no_browser_can_be_had_it_says_why_and_stops_nothing(tmp_path: Path, program: Program) -> None:
    program("chromium-browser", "echo 'install the snap' >&2; exit 1")
    done = _run("fetch-browser.sh", folder=tmp_path)
    assert done.returncode == 0
    assert (
        "this is not Debian: there is no apt-get; the tests of the status page in a browser are skipped." in done.stderr
    )
    program("apt-get", "exit 100")
    (tmp_path / "bin" / "id").unlink()
    program("id", "echo 0")
    done = _run("fetch-browser.sh", folder=tmp_path)
    assert done.returncode == 0
    assert "Chromium could not be installed" in done.stderr
