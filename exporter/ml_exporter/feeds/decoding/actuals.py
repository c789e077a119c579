"""What turned out to be true, in its one spelling, checked against the tasks of the models that it may judge."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical
from ml_exporter.feeds.decoding.columns import classes
from ml_exporter.feeds.decoding.problems import Problems, shown
from ml_exporter.feeds.decoding.tasks import task_decoders


def actuals(
    values: Sequence[Any], model: Categorical, models: Mapping[str, ModelSettings], problems: Problems
) -> Categorical:
    """Return the actual values.

    A label must mean something to the model that it names, or to any model of the feed where it names none.

    Args:
        values: one a row.
        model: the model that each row names, -1 where it names none.
        models: the feed's models, by name.
        problems: takes what is missing or means nothing.
    """
    actual = classes(_as_texts(values, model, models, problems), "actual", problems)
    for row in np.flatnonzero(actual.codes < 0).tolist():
        problems.add(row, "missing_field", "actual is missing; a label says what turned out to be true: write it")
    for code, name in enumerate(model.values):
        if name in models:
            _check(actual, np.flatnonzero(model.codes == code), [models[name]], problems)
    unnamed = np.flatnonzero(model.codes < 0)
    if len(unnamed):
        _check(actual, unnamed, list(models.values()), problems)
    return actual


def _as_texts(
    values: Sequence[Any], model: Categorical, models: Mapping[str, ModelSettings], problems: Problems
) -> Sequence[Any]:
    """Return the values with objects and lists as texts, where the task of a model that they may judge knows them."""
    if not {dict, list} & set(map(type, values)):
        return values
    structured = [row for row, value in enumerate(values) if isinstance(value, dict | list)]
    spelling = {name: task_decoders()[settings.task].actual for name, settings in models.items()}
    of_any = next(filter(None, spelling.values()), None)
    texts, names = list(values), model.texts()
    for row in structured:
        name = names[row]
        spell = of_any if name is None else spelling.get(name)
        if spell is not None:
            try:
                texts[row] = spell(values[row])
            except ValueError as error:
                problems.add(row, "bad_value", str(error))
                texts[row] = None
    return texts


def _check(actual: Categorical, rows: NDArray[np.intp], models: Sequence[ModelSettings], problems: Problems) -> None:
    usable = np.stack([settings.definition.usable(actual.take(rows)) for settings in models]).any(axis=0)
    for row in rows[~usable & (actual.codes[rows] >= 0)].tolist():
        value = shown(actual.values[actual.codes[row]])
        if len(models) == 1:
            detail = f"actual {value} means nothing to the model {models[0].name}"
        else:
            detail = f"actual {value} means nothing to any model of this feed"
        forms = " or ".join(dict.fromkeys(settings.definition.actual_form for settings in models))
        problems.add(row, "bad_value", f"{detail}; write {forms}")
