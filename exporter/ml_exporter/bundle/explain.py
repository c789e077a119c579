"""Which setting came from where: the file, the model in it, the strategy, or the default."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.choice import explained
from ml_exporter.config import Monitoring, Section, switch_of
from ml_exporter.config.switches import SWITCHES, SwitchSettings

Line = tuple[str, str, str]
"""Where a setting stands, its value, and where that came from."""


def explain(monitoring: Monitoring) -> str:
    """Return every setting on a line of its own, aligned; at the end, every alert and whether it is generated."""
    lines = [
        *_section("", monitoring, monitoring.given, "file"),
        *_switches(monitoring),
        *(line for group in alert_groups() for line in explained(group, monitoring)),
    ]
    places, values = (max(min(len(line[index]), 60) for line in lines) for index in (0, 1))
    told = [f"{place:<{places}}  {value:<{values}}  {origin}\n" for place, value, origin in lines]
    return "".join([*_reasons(monitoring), *told])


def _reasons(monitoring: Monitoring) -> Iterator[str]:
    """Yield why a strategy was chosen, for the whole and for each model that has one of its own."""
    chosen = [("", monitoring.strategy), *((f"{model.name}: ", model.strategy) for model in monitoring.models)]
    for whose, strategy in chosen:
        if strategy is not None:
            reasons = " ".join(strategy.recommendation.reasons)
            yield f"# {whose}strategy {strategy.recommendation.level}: {reasons}\n"


def _switches(monitoring: Monitoring) -> Iterator[Line]:
    """Yield how each switch stands for each model."""
    given = monitoring.given
    for index, model in enumerate(given.models):
        for switch in SWITCHES:
            said = switch_of(given, model, switch)
            on = "-" if said.on is None else _text(said.on)
            yield f"models[{index}].switches.{switch}", on, said.origin


def _section(place: str, shown: BaseModel, given: BaseModel | None, word: str) -> Iterator[Line]:
    """Yield the settings of a section.

    Args:
        place: where it stands.
        shown: with all that was decided.
        given: the same as it stands in the file, None where it does not.
        word: what came from the file is called.
    """
    for name, field in type(shown).model_fields.items():
        key = f"{place}.{field.alias or name}".removeprefix(".")
        written = given is not None and name in given.model_fields_set
        origin = word if written else "default"
        yield from _value(key, getattr(shown, name), getattr(given, name, None), origin, word)


def _value(key: str, shown: Any, given: Any, origin: str, word: str) -> Iterator[Line]:
    if isinstance(shown, SwitchSettings):
        return  # how they stand is told of each model, see above
    if isinstance(shown, Section):
        yield from _section(key, shown, given if isinstance(given, BaseModel) else None, word)
    elif isinstance(shown, list) and any(isinstance(item, Section) for item in shown):
        for index, item in enumerate(shown):
            known = given[index] if isinstance(given, list) and index < len(given) else None
            yield from _value(f"{key}[{index}]", item, known, origin, "model" if key == "models" else word)
    elif isinstance(shown, dict) and shown:
        for name, item in shown.items():
            known = given.get(name) if isinstance(given, dict) else None
            if known is None and isinstance(item, Section):
                yield from ((place, value, "strategy") for place, value, _ in _section(f"{key}.{name}", item, None, ""))
            else:
                yield from _value(f"{key}.{name}", item, known, origin, word)
    else:
        yield key, _text(shown), origin if shown == given else "strategy"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    return "-" if value is None else str(value)
