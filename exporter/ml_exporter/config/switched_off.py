"""The key ``switched_off``: which families of time series are not exposed."""

import fnmatch
from typing import Annotated

from pydantic import AfterValidator

from ml_exporter import catalogue


def families_off(patterns: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the families that one of the patterns names."""
    return frozenset(name for pattern in patterns for name in fnmatch.filter(catalogue.switchable_families(), pattern))


def _names_a_family(pattern: str) -> str:
    if not families_off((pattern,)):
        raise ValueError(
            "names no family of a metric; write a name from docs/metrics.md or a pattern such as 'ml_threshold_*' or"
            " 'ml_feature_*'."
            " Counts of the join, verdicts and the exporter's own families cannot be switched off"
        )
    return pattern


FamilyPattern = Annotated[str, AfterValidator(_names_a_family)]
