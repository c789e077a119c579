"""Tasks: what a model does, and so what its predictions and labels mean. Adding a task begins with a module here."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from ml_exporter.events.tasks.interface import Task, TaskKind

__all__ = ["Task", "TaskKind", "tasks"]


@functools.cache
def tasks() -> Mapping[str, TaskKind]:
    """Collect the tasks that the modules of this package define as ``TASK``, by name."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.TASK for module in modules if hasattr(module, "TASK")]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}
