"""The key ``switched_off``: which families of time series are not exposed."""

import fnmatch
import functools
from typing import Annotated

from pydantic import AfterValidator

from ml_exporter import catalogue


@functools.cache
def switchable_families() -> frozenset[str]:
    """Return the names of the families that can be switched off: those of metrics, their bounds, slices and curves."""
    return frozenset(family.name for family in catalogue.computed_families())


def families_off(patterns: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the families that one of the patterns names."""
    return frozenset(name for pattern in patterns for name in fnmatch.filter(switchable_families(), pattern))


def _names_a_family(pattern: str) -> str:
    if not families_off((pattern,)):
        raise ValueError(
            "names no family of a metric; write a name from docs/metrics.md or a pattern such as 'ml_threshold_*'."
            " Counts of the join, verdicts and the exporter's own families cannot be switched off"
        )
    return pattern


FamilyPattern = Annotated[str, AfterValidator(_names_a_family)]
