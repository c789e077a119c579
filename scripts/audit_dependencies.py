"""Look for known flaws in the packages that ml_exporter requires, and in those beneath, as they are installed here.

    python scripts/audit_dependencies.py            advisories.toml, without a network
    python scripts/audit_dependencies.py --online   and PyPI's database, by pip-audit

Exit code 1: there is one. Exit code 2: the database cannot be asked.
"""

import argparse
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
_OFFERED = ("gputil", "demo", "benchmark")
"""Extras that are not only for those who develop."""


def installed(requirements: Iterable[str]) -> dict[str, Version]:
    """Return name and version of what requirements lead to, as far as it is installed."""
    found: dict[str, Version] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        required = waiting.pop()
        name = canonicalize_name(required.name)
        if name in found or not _applies(required):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = Version(package.version)
        waiting += [Requirement(text) for text in package.requires or ()]
    return found


def _applies(required: Requirement) -> bool:
    return required.marker is None or required.marker.evaluate({"extra": ""})


def required(pyproject: Path) -> list[str]:
    """Return the requirements of the project, those of its extras for users included."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(text for extra in _OFFERED for text in extras[extra])]


def known_flaws(versions: Mapping[str, Version], advisories: Path) -> Iterator[str]:
    """Yield a line for each package that is older than the first version without a flaw."""
    for advisory in tomllib.loads(advisories.read_text(encoding="utf-8"))["advisory"]:
        version = versions.get(canonicalize_name(advisory["package"]))
        if version is not None and version < Version(advisory["fixed"]):
            yield (
                f"{advisory['package']} {version}: {advisory['id']}, {advisory['about']};"
                f" upgrade to {advisory['fixed']} or newer"
            )


def ask_database(versions: Mapping[str, Version]) -> int:
    """Let pip-audit ask PyPI's database about exactly these versions; return its exit code, 2 where it cannot."""
    with TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(f"{name}=={version}\n" for name, version in sorted(versions.items())), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--strict", "-r", str(listed)]
        asked = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    print(asked.stdout + asked.stderr, end="")  # noqa: T201 - a script tells on the terminal
    return asked.returncode if asked.returncode == 0 or "Fix Versions" in asked.stdout else 2


def main() -> int:
    """Run the audit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--online", action="store_true", help="ask PyPI's database too (needs pip-audit)")
    options = parser.parse_args()
    versions = installed(required(ROOT / "pyproject.toml"))
    flaws = list(known_flaws(versions, ROOT / "scripts" / "advisories.toml"))
    print("\n".join(flaws or [f"{len(versions)} packages: none has a flaw of advisories.toml."]))  # noqa: T201 - as above
    online = ask_database(versions) if options.online else 0
    return 1 if flaws else online


if __name__ == "__main__":
    sys.exit(main())
