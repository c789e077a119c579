"""The doctor: why is a panel empty? Adding a diagnosis is adding a module with an ``examine``."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable

from ml_exporter.doctor.case import Case, FeedSample
from ml_exporter.doctor.finding import Finding
from ml_exporter.doctor.looking import look

__all__ = ["Case", "Examine", "FeedSample", "Finding", "examine", "look"]

Examine = Callable[[Case], Iterable[Finding]]
"""Each module that makes a diagnosis defines one as ``examine``. In doubt it says nothing: a healthy store has none."""


def examine(case: Case) -> list[Finding]:
    """Return what the modules of this package that define ``examine`` find, what is to be mended first in front."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    diagnoses: list[Examine] = [module.examine for module in modules if hasattr(module, "examine")]
    return sorted((finding for one in diagnoses for finding in one(case)), key=lambda finding: finding.rank)
