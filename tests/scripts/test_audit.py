"""The audit of dependencies: it knows what stands beneath, and finds what is too old."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from audit_dependencies import ROOT, installed, known_flaws, required
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ADVISORIES = ROOT / "scripts" / "advisories.toml"


def test_what_is_installed_here_has_no_known_flaw() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "audit_dependencies.py")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "none has a flaw" in ended.stdout


def test_what_requirements_require_is_looked_at_too() -> None:
    found = installed(["uvicorn"])
    assert {"uvicorn", "h11", "click"} <= found.keys()
    assert "starlette" not in found
    assert len(installed(required(ROOT / "pyproject.toml"))) > 30


@pytest.mark.parametrize(("version", "flawed"), [("0.15.9", True), ("0.16.0", False), ("1.0", False)])
def test_a_version_before_the_first_good_one_is_found(version: str, flawed: bool) -> None:
    found = list(known_flaws({"h11": Version(version)}, _ADVISORIES))
    assert [line.startswith(f"h11 {version}: CVE-2025-43859, ") for line in found] == [True] * flawed


def test_the_project_lets_nobody_install_what_is_known_to_be_flawed() -> None:
    lowest: dict[str, Version] = {}
    for text in required(ROOT / "pyproject.toml"):
        requirement = Requirement(text)
        bounds = [Version(one.version) for one in requirement.specifier if one.operator in {">=", "=="}]
        assert bounds, text
        lowest[canonicalize_name(requirement.name)] = max(bounds)
    assert list(known_flaws(lowest, _ADVISORIES)) == []


def test_every_advisory_names_package_flaw_and_remedy() -> None:
    for advisory in tomllib.loads(Path(_ADVISORIES).read_text(encoding="utf-8"))["advisory"]:
        assert set(advisory) == {"package", "id", "fixed", "about"}
        assert advisory["id"].startswith(("CVE-", "GHSA-", "PYSEC-"))
        Version(advisory["fixed"])
