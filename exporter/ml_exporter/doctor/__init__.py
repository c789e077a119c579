"""The doctor: why is a panel empty? Adding a diagnosis is adding a module with an ``examine``."""

import importlib
import pkgutil

from ml_exporter.doctor.case import Case
from ml_exporter.doctor.finding import Finding
from ml_exporter.doctor.looking import look

__all__ = ["Case", "Finding", "examine", "look"]


def examine(case: Case) -> list[Finding]:
    """Return what the modules of this package that define ``examine`` find, what is to be mended first in front."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [finding for module in modules if hasattr(module, "examine") for finding in module.examine(case)]
    return sorted(found, key=lambda finding: finding.rank)
