"""Numbers as both formats write them: as short as they can be without another number being read back."""

import msgspec
import numpy as np
from numpy.typing import NDArray


def value_texts(values: NDArray[np.float64]) -> list[bytes]:
    """Write numbers, NaN and infinities too."""
    if not len(values):
        return []
    texts = msgspec.json.encode(values.tolist())[1:-1].split(b",")
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        texts[place] = _not_finite(values[place])  # JSON has no word for it
    return texts


def value_text(value: float) -> bytes:
    """Write one number."""
    return value_texts(np.array([value], dtype=np.float64))[0]


def _not_finite(value: float) -> bytes:
    return b"NaN" if np.isnan(value) else b"+Inf" if value > 0 else b"-Inf"
