"""Features: what the model was asked about, as far as somebody watches it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical, FeatureColumn, class_text
from ml_exporter.feeds.decoding.columns import as_float, floats

_NONE = type(None)
_LONGEST_VALUE = 128
"""Characters; the rest of a longer text is cut off."""


def watched_features(
    features: Sequence[Any] | None, model: Categorical, models: Mapping[str, ModelSettings]
) -> dict[str, FeatureColumn]:
    """Return a column for each feature that a model at hand watches. Nothing in them makes an event unusable.

    Args:
        features: one object of name and value a row, or ``None``; ``None`` where nobody asks for features.
        model: the rows' models; what a row holds of a feature that its model does not watch is nobody's concern.
        models: settings by name.
    """
    known = [models[name] for name in model.values if name in models]
    names = dict.fromkeys(feature.name for settings in known for feature in settings.features)
    if features is None or not names:
        return {}
    given = (
        features if set(map(type, features)) == {dict} else [one if isinstance(one, dict) else {} for one in features]
    )
    return {name: _column([one.get(name) for one in given]) for name in names}


def _column(values: Sequence[Any]) -> FeatureColumn:
    types = set(map(type, values))
    rows = len(values)
    if types <= {int, float, _NONE}:
        numbers = floats(values)
        infinite = np.isinf(numbers)
        nothing = Categorical(np.full(rows, -1, dtype=np.int32), ())
        return FeatureColumn(np.where(infinite, np.nan, numbers), nothing, infinite)
    if types <= {str, _NONE}:
        return FeatureColumn(np.full(rows, np.nan), _texts(values), np.zeros(rows, dtype=np.bool_))
    are_numbers = np.array([type(value) in (int, float) for value in values])
    are_texts = np.array([type(value) in (str, bool) for value in values])
    numbers = floats([value if number else None for value, number in zip(values, are_numbers.tolist(), strict=True)])
    texts = [(class_text(value) if text else None) for value, text in zip(values, are_texts.tolist(), strict=True)]
    present = np.array([value is not None for value in values])
    strange = np.isinf(numbers) | (present & ~are_numbers & ~are_texts)
    return FeatureColumn(np.where(np.isinf(numbers), np.nan, numbers), _texts(texts), strange)


def _texts(values: Sequence[str | None]) -> Categorical:
    """Encode texts; an empty one is missing, as in CSV."""
    index: dict[str | None, int] = {}
    codes = [index.setdefault(value, len(index)) for value in values]
    spelled = Categorical.of(value[:_LONGEST_VALUE] if value else None for value in index)
    return spelled.take(np.array(codes, dtype=np.intp))


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
