"""Upper confidence bounds (99.9 %) of what is normal."""

import numpy as np
from scipy.special import betaincinv, stdtrit

from ml_exporter.detectors.interface import Floats

CONFIDENCE = 0.999

Z = 3.090232306167813
"""The 99.9 % quantile of the normal distribution."""


def clopper_pearson(bad: Floats, outcomes: Floats) -> Floats:
    """Return the upper bound of a rate (Clopper and Pearson 1934); counts need not be whole.

    1 where all are bad, NaN without outcomes.
    """
    good = np.maximum(outcomes - bad, 0.0)
    some = np.where(good > 0, good, 1.0)
    bound = np.where(good > 0, betaincinv(np.where(outcomes > 0, bad, 0.0) + 1, some, CONFIDENCE), 1.0)
    return np.where(outcomes > 0, bound, np.nan)


def student_margin(variance: Floats, count: Floats) -> Floats:
    """Return by how much the upper bound of a mean lies above it; NaN below two values.

    Args:
        variance: of one value.
        count: of independent values; it need not be whole.
    """
    enough = count > 1
    freedom = np.where(enough, count - 1, 1.0)
    margin = stdtrit(freedom, CONFIDENCE) * np.sqrt(variance / np.maximum(count, 1.0))
    return np.where(enough, margin, np.nan)
