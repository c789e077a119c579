"""Detectors: whether a metric is as it should be. Adding one is adding a module with a ``DETECTOR``."""

import functools
import importlib
import pkgutil

from ml_exporter.detectors.interface import Baseline, Bucket, Detector, Evidence, Kind, Role, Settings, State
from ml_exporter.detectors.objective import ObjectiveJudge, Verdict
from ml_exporter.detectors.state import DamagedState

__all__ = [
    "Baseline",
    "Bucket",
    "DamagedState",
    "Detector",
    "Evidence",
    "Kind",
    "ObjectiveJudge",
    "Role",
    "Settings",
    "State",
    "Verdict",
    "detector",
    "detectors",
]


@functools.cache
def detectors() -> tuple[Detector, ...]:
    """Collect the detectors that the modules of this package define as ``DETECTOR``, by name."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.DETECTOR for module in modules if isinstance(getattr(module, "DETECTOR", None), Detector)]
    return tuple(sorted(found, key=lambda entry: entry.name))


def detector(name: str) -> Detector:
    """Return the detector of that name.

    Raises:
        KeyError: there is none.
    """
    return {entry.name: entry for entry in detectors()}[name]
