"""Fuzz one of the targets, guided by coverage: ``python -m tests.fuzz events -max_total_time=120``.

Options are those of libFuzzer; with a folder behind the target's name, what is found to be new is kept there. It needs
``pip install .[fuzz]``.
"""

import importlib
import sys
import tempfile
from pathlib import Path

import atheris


def main() -> None:
    """Run the target that the first argument names."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["ml_exporter", "h11", "yaml"]):
        target = importlib.import_module(f"tests.fuzz.targets.{name}")
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(target.SEEDS):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        atheris.Setup([*sys.argv, folder], target.take)
        atheris.Fuzz()


main()
