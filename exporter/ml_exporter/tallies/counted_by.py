"""By which options events were counted: what decides the meaning of sums, so that only alike ones are added up."""

from collections.abc import Iterator, Mapping
from typing import Any

from ml_exporter.config import ModelSettings

Options = Mapping[str, Any]
"""Option of a model, as a path below it, to its value as JSON has it."""

_ORDERED = "classes"


def counted_by(model: ModelSettings) -> dict[str, Any]:
    """Return the options that the sums of a model depend on.

    What only decides which series or bins there are (segments, the list of features, how many categories) is not
    among them: what a file lacks counts as 0, what nobody asks for is passed over.
    """
    options: dict[str, Any] = {"task": model.task}
    by_task: dict[str, tuple[str, ...]] = {
        "binary": ("positive_class", "negative_class", "decision_threshold"),
        "multiclass": ("classes", "top_k"),
        "ranking": ("k",),
    }
    options.update((name, getattr(model, name)) for name in by_task.get(model.task, ()))
    options["business.value"] = model.business.value
    options["business.costs"] = model.business.costs
    options["objectives.prediction_latency"] = model.slow_request_seconds
    silence = model.missing_label
    options["missing_label.actual"] = None if silence is None else silence.actual
    options["missing_label.after"] = None if silence is None else silence.after.seconds
    options.update((f"features.{feature.name}.range", feature.range) for feature in model.features)
    return options


def differences(there: Options, here: Options) -> Iterator[tuple[str, Any, Any]]:
    """Yield each option that has another meaning in a file than here: its path, the file's value, the value here.

    Classes may have been added here, at the end. Options that one side does not know are passed over.
    """
    for option in sorted(there.keys() & here.keys()):
        theirs, ours = there[option], here[option]
        if option == _ORDERED and theirs == ours[: len(theirs)]:
            continue
        if theirs != ours:
            yield option, theirs, ours
