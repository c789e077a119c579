"""How the predictions of each task are read. A new task needs a module here with a ``DECODER``."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from ml_exporter.feeds.decoding.tasks.interface import Columns, TaskDecoder

__all__ = ["Columns", "TaskDecoder", "task_decoders"]


@functools.cache
def task_decoders() -> Mapping[str, TaskDecoder]:
    """Collect what the modules of this package define as ``DECODER``, by task."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.DECODER.task: module.DECODER for module in modules if hasattr(module, "DECODER")}
