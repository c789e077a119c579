"""The command line: ml-exporter check | run | bundle | demo."""

import importlib
import pkgutil

import typer

from ml_exporter.cli.application import make_application


def main() -> None:
    """Run the command line."""
    build()()


def build() -> typer.Typer:
    """Return the application with the command of every module of this package that defines ``register``."""
    application = make_application()
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        loaded = importlib.import_module(f"{__name__}.{module}")
        if hasattr(loaded, "register"):
            loaded.register(application)
    return application
