"""Recording rules: what dashboards and alerts share, and what several exporters that share a model know together.

A model that is too large for one exporter is partitioned by prediction_id: each exporter sees some of its outcomes.
Their counts are added up, and every ratio is made of the sums: ratios are never averaged. Each module of this package
makes some of the rules: ``SHARED`` is a topic of shared ones, ``RECORDINGS`` makes those over exporters.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.promql import over_instances, quoted, selector
from ml_exporter.bundle.recordings.groups import RecordingGroup
from ml_exporter.config import ModelSettings, Monitoring

_ABOUT = """Recording rules: the exporters under prometheus.targets share models; this is what they know together.
model:FAMILY:over_exporters is what one exporter that sees all events would show as FAMILY."""


@dataclass(frozen=True)
class Recording:
    """What all exporters together would show as a family."""

    family: str
    expression: str
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that the expression itself does not bring."""


Recordings = Callable[[ModelSettings], Sequence[Recording]]
"""Makes the recordings of one model, none where it has no use for them. Each module defines one as ``RECORDINGS``."""


def recorded(family: str) -> str:
    """Return the name under which the common form of a family is recorded."""
    return f"model:{family}:over_exporters"


def recorded_of(model: ModelSettings, family: str, **labels: str) -> str:
    """Select what is recorded of a model, by exact labels."""
    matchers = ",".join(f"{name}={quoted(value)}" for name, value in {"model_name": model.name, **labels}.items())
    return f"{recorded(family)}{{{matchers}}}"


def added_up(model: ModelSettings, family: str) -> Recording:
    """Record the sum of counts over the exporters."""
    return Recording(family, over_instances("sum", selector(family, model_name=model.name)))


def mean(model: ModelSettings, family: str, weight: str, *own: str) -> Recording:
    """Record a mean: each exporter's counts as often as it has events.

    Args:
        model: whose.
        family: of the mean.
        weight: an expression for how many events each exporter has.
        own: labels of the family that the weight does not have.
    """
    ignoring = f" ignoring ({', '.join(own)}) group_left ()" if own else ""
    total = over_instances("sum", f"{selector(family, model_name=model.name)} *{ignoring} {weight}")
    return Recording(family, f"{total} /{ignoring} ({over_instances('sum', weight)} > 0)")


def ratio(numerator: str, denominator: str) -> str:
    """Divide, with no sample where there is nothing to divide by."""
    return f"{numerator} / ({denominator} > 0)"


def recording_groups() -> tuple[RecordingGroup, ...]:
    """Collect the topics of rules that dashboards and alerts share, by topic."""
    groups = [module.SHARED for module in _modules() if hasattr(module, "SHARED")]
    return tuple(sorted(groups, key=lambda group: group.topic))


def recording_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make the rule file of every topic that has rules, and the one over exporters, if there are several."""
    for group in recording_groups():
        rules = group.rules(monitoring)
        if rules:
            path, content = f"prometheus/rules/{group.file}", group.content(rules)
            yield yaml_file(path, "rules", content, source=source, about=group.about)
    yield from _over_exporters(monitoring, source)


def over_exporters(model: ModelSettings) -> list[Recording]:
    """Return what several exporters that share a model would record of it."""
    makers: list[Recordings] = [module.RECORDINGS for module in _modules() if hasattr(module, "RECORDINGS")]
    return [recording for make in makers for recording in make(model)]


def _over_exporters(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    if len(monitoring.prometheus.targets) < 2:
        return
    groups = []
    for number, model in enumerate(monitoring.models, start=1):
        rules = [_rule(model, recording) for recording in over_exporters(model)]
        if rules:
            groups.append({"name": f"ml-exporter-over-exporters-{number}", "rules": rules})
    if groups:
        yield yaml_file("prometheus/rules/recordings.yml", "rules", {"groups": groups}, source=source, about=_ABOUT)


def _modules() -> list[ModuleType]:
    return [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]


def _rule(model: ModelSettings, recording: Recording) -> dict[str, object]:
    """Return the rule; that it names the model, which its samples do anyway, tells it from those of other models."""
    labels = {"model_name": model.name, **recording.labels}
    return {"record": recorded(recording.family), "expr": recording.expression, "labels": labels}
