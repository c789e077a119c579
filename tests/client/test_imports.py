"""The client is light: it lives in services that have better things to load."""

import subprocess
import sys

HEAVY = {
    "numpy",
    "polars",
    "scipy",
    "sklearn",
    "pandas",
    "starlette",
    "fastapi",
    "pydantic",
    "structlog",
    "typer",
    "rich",
    "uvicorn",
    "prometheus_client",
    "asyncio",
    "http.client",
    "ssl",
}


def _imported(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a statement."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    command = [sys.executable, "-c", program]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_client_loads_msgspec_and_the_standard_library_alone() -> None:
    imported = _imported("import ml_exporter.client")
    assert imported & HEAVY == set()
    packages = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    assert {name for name in packages if not name.startswith("_")} <= {"ml_exporter", "msgspec", "typing_extensions"}


def test_importing_the_package_loads_nothing_else() -> None:
    assert {name for name in _imported("import ml_exporter") if "." not in name} == {"ml_exporter"}


def test_of_the_exporter_the_client_loads_its_clock_and_its_rate_limit_alone() -> None:
    statement = "from ml_exporter.client import Recorder; Recorder('http://127.0.0.1:1').close()"
    own = {name for name in _imported(statement) if name.startswith("ml_exporter.")}
    others = {name for name in own if not name.startswith("ml_exporter.client")}
    assert others == {"ml_exporter.clock", "ml_exporter.rate_limit"}


def test_a_recorder_loads_no_library_of_the_exporter_but_its_compression() -> None:
    imported = _imported("from ml_exporter.client import Recorder; Recorder('http://127.0.0.1:1').close()")
    assert imported & (HEAVY - {"http.client", "ssl"}) == set()
