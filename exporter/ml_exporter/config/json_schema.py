"""The JSON Schema of monitoring.yml, for editors: what may stand where, and what it means.

The library makes it from the sections. What it cannot know is put in: the kinds of plug-in with their own options, the
metric ids and tasks, and that a variable of the environment may stand for any text or number.
"""

from collections.abc import Mapping
from typing import Any

from ml_exporter import catalogue
from ml_exporter.config.alerting import ReceiverSettings
from ml_exporter.config.base import Section
from ml_exporter.config.loading import Kinds
from ml_exporter.config.monitoring import Monitoring
from ml_exporter.config.objective import Objective
from ml_exporter.events import tasks

Schema = dict[str, Any]

_DIALECT = "http://json-schema.org/draft-07/schema#"
"""What editors understand best."""

_VARIABLE = {"$ref": "#/definitions/variable"}
_NUMBERS = frozenset({"number", "integer", "boolean"})


def json_schema(kinds: Kinds) -> Schema:
    """Return the schema of a configuration that may name these kinds of plug-in."""
    schema = _of(Monitoring)
    properties = schema["properties"]
    model = properties["models"]["items"]["properties"]
    model["task"]["enum"] = sorted(tasks())
    model["objectives"] = _objectives(model["objectives"])
    if kinds.detectors:
        for option in ("detectors", "also_page"):
            properties["detection"]["properties"][option]["items"]["enum"] = sorted(kinds.detectors)
    properties["feeds"]["items"] = {"anyOf": [_feed(name, kind) for name, kind in sorted(kinds.feeds.items())]}
    properties["alerting"]["properties"]["receivers"]["items"] = _receivers(kinds.receivers)
    collectors = {name: _of(kind) for name, kind in sorted(kinds.collectors.items())}
    properties["collectors"] |= {"properties": collectors, "additionalProperties": False}
    variable = {
        "description": "A variable of the environment, as in ${NAME}.",
        "type": "string",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
    }
    return {
        "$schema": _DIALECT,
        "title": "monitoring.yml",
        **_with_variables(schema),
        "definitions": {"variable": variable, "objective": _with_variables(_objective())},
    }


def _of(section: type[Section]) -> Schema:
    return _plain(section.model_json_schema(mode="validation"))


def _plain(schema: Schema) -> Schema:
    """Return a schema without the titles that repeat the keys, with whole lines, and defaults as they are written."""
    plain = {key: _plain_value(key, value) for key, value in schema.items() if key != "title"}
    if "properties" in plain:
        plain["properties"] = {name: _plain(one) for name, one in schema["properties"].items()}
        plain.pop("default", None)  # of a section as a whole: each of its keys has its own
    return plain


def _plain_value(key: str, value: Any) -> Any:
    if key == "description":
        return " ".join(value.split())
    if key == "default":
        return _written(value)
    if key in {"properties", "definitions", "$defs", "enum", "const", "examples"}:
        return value
    if isinstance(value, dict):
        return _plain(value)
    return [_plain(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value


def _written(default: Any) -> Any:
    """Return a default as it would be written: a duration as its text."""
    if isinstance(default, dict):
        if default.keys() == {"seconds", "text"}:
            return default["text"]
        return {key: _written(value) for key, value in default.items()}
    return [_written(one) for one in default] if isinstance(default, list) else default


def _objectives(schema: Schema) -> Schema:
    """Return the schema of a model's objectives: every metric that has a better direction, with what it is."""
    metrics = {metric.id: metric for metric in catalogue.metrics() if metric.direction is not None}
    properties = {
        name: {"description": metric.family.help, "allOf": [{"$ref": "#/definitions/objective"}]}
        for name, metric in sorted(metrics.items())
    }
    described = {key: value for key, value in schema.items() if key == "description"}
    return {**described, "type": "object", "properties": properties, "additionalProperties": False}


def _objective() -> Schema:
    return {"anyOf": [{"type": "number"}, _of(Objective)]}


def _feed(name: str, settings: type[Section]) -> Schema:
    schema = _of(settings)
    schema["properties"]["kind"] = {**schema["properties"]["kind"], "const": name}
    schema["required"] = sorted({*schema.get("required", ()), "kind"})
    return schema


def _receivers(receivers: Mapping[str, type[Section]]) -> Schema:
    """Return the schema of a receiver: a name, and one kind as a key of its own."""
    own = {name: _of(kind) for name, kind in sorted(receivers.items())}
    named = _of(ReceiverSettings)["properties"]["name"]
    return {
        "type": "object",
        "properties": {"name": named, **own},
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in own],
    }


def _with_variables(schema: Schema) -> Schema:
    """Return a schema in which a variable of the environment may stand for whatever is not free text."""
    inner = {key: _inner_with_variables(key, value) for key, value in schema.items()}
    limited = inner.get("type") == "string" and not inner.keys().isdisjoint({"enum", "const", "pattern", "maxLength"})
    if inner.get("type") in _NUMBERS or limited:
        said: Schema = {key: inner.pop(key) for key in ("description", "default") if key in inner}
        return {**said, "anyOf": [inner, _VARIABLE]}
    if "anyOf" in inner:
        inner["anyOf"] = _flat(inner["anyOf"])
    return inner


def _flat(choices: list[Schema]) -> list[Schema]:
    """Return choices with those that are nothing but further choices put in their place, each one once."""
    flat: list[Schema] = []
    for choice in choices:
        flat += [one for one in (choice["anyOf"] if choice.keys() == {"anyOf"} else [choice]) if one not in flat]
    return flat


def _inner_with_variables(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _with_variables(one) for name, one in value.items()}
    if key in {"default", "enum", "const", "examples", "required"}:
        return value
    if isinstance(value, dict):
        return _with_variables(value)
    return (
        [_with_variables(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
    )
