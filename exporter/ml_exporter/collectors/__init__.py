"""Collectors: what is read from the machine at a scrape. Adding one is adding a module with a ``COLLECTOR``."""

import importlib
import pkgutil

from ml_exporter.collectors.gathering import Collectors
from ml_exporter.collectors.interface import Collector, CollectorContext, CollectorError, CollectorKind, Reading

__all__ = [
    "Collector",
    "CollectorContext",
    "CollectorError",
    "CollectorKind",
    "Collectors",
    "Reading",
    "kinds",
]


def kinds() -> dict[str, CollectorKind]:
    """Collect the kinds of collector that the modules and packages of this package define as ``COLLECTOR``."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module.COLLECTOR for module in modules if hasattr(module, "COLLECTOR")]
    return {kind.name: kind for kind in found}
