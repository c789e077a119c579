"""Features: what the model was asked about, as far as somebody watches it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical
from ml_exporter.feeds.decoding.columns import as_float


def values_at_stake(
    features: Sequence[Any] | None, model: Categorical, models: Mapping[str, ModelSettings]
) -> NDArray[np.float64]:
    """Return the money at stake in each prediction, NaN where its model has none or the event does not say.

    Args:
        features: one object of name and value a row, or ``None``; ``None`` where nobody asks for features.
        model: the rows' models.
        models: settings by name.
    """
    column = np.full(len(model), np.nan)
    for code, name in enumerate(model.values):
        feature = models[name].value_feature if name in models else None
        if feature is not None and features is not None:
            for row in np.flatnonzero(model.codes == code).tolist():
                column[row] = _number(features[row], feature)
    return column


def _number(features: Any, name: str) -> float:
    """Return a feature as a number, NaN where it is none: the event can be used without."""
    value = features.get(name) if isinstance(features, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.nan
    number = as_float(value)
    return number if np.isfinite(number) else np.nan
