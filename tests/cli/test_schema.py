"""``ml-exporter schema``: what editors are told is what ``check`` says."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from ml_exporter import catalogue
from ml_exporter.config import ConfigurationError, Duration, Section, load
from ml_exporter.pipeline import load_configuration, plug_in_kinds
from tests.cli.commands import EXAMPLE, invoke, run, written
from tests.config.conftest import VALID

_EXAMPLES = [
    path
    for path in sorted(EXAMPLE.parent.glob("*.yml"))
    if re.search("^models:", path.read_text(encoding="utf-8"), re.MULTILINE)  # web.yml is none
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(invoke("schema").stdout)
    Draft7Validator.check_schema(loaded)
    return loaded


def problems(schema: dict[str, Any], values: object) -> list[str]:
    """Return where the values do not fit the schema."""
    found = Draft7Validator(schema).iter_errors(values)
    return [".".join(map(str, error.absolute_path)) for error in found]


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda path: path.name)
def test_every_example_fits(schema: dict[str, Any], example: Path) -> None:
    assert problems(schema, yaml.safe_load(example.read_text(encoding="utf-8"))) == []


def test_a_configuration_with_nearly_everything_fits(schema: dict[str, Any]) -> None:
    assert problems(schema, VALID) == []


_WRONG: list[tuple[tuple[Any, ...], Any]] = [
    (("models",), []),
    (("models", 0, "task"), "binry"),
    (("models", 0, "nmae"), "x"),
    (("models", 0, "decision_threshold"), 1),
    (("models", 0, "max_segment_values"), 0),
    (("models", 0, "segments"), "country"),
    (("models", 0, "objectives"), {"acuracy": 0.9}),
    (("models", 0, "objectives"), {"accuracy": "high"}),
    (("models", 0, "objectives"), {"accuracy": {"threshold": 0.9, "severity": "mild"}}),
    (("models", 0, "objectives"), {"accuracy": {"window": "1h"}}),
    (("models", 0, "features"), [{"name": "age", "kind": "colour"}]),
    (("feeds", 0, "kind"), "telepathy"),
    (("feeds", 0, "path"), 5),
    (("feeds", 0, "events"), "guesses"),
    (("feeds", 0, "stalled_after"), "soon"),
    (("tick",), "5 parsecs"),
    (("tick",), ""),
    (("tick",), 15),
    (("windows",), ["1h", 24]),
    (("strategy",), "excessive"),
    (("strategy",), {"deployment_scale": "tiny", "criticality": "high"}),
    (("window_by",), "moon"),
    (("detection",), {"detectors": ["sixth_sense"]}),
    (("detection",), {"enabled": "very"}),
    (("collectors",), {"weather": {}}),
    (("collectors",), {"gpu": {"timeout": 5}}),
    (("alerting", "receivers"), [{"name": "team"}]),
    (("alerting", "receivers"), [{"name": "team", "pigeon": {}}]),
    (("alerting", "routes"), {"critical": "team"}),
    (("store",), {"path": ""}),
    (("surprise",), True),
]


@pytest.mark.parametrize(("place", "value"), _WRONG, ids=lambda value: str(value)[:60])
def test_what_check_refuses_does_not_fit_either(
    schema: dict[str, Any], tmp_path: Path, place: tuple[Any, ...], value: object
) -> None:
    values = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    node = values
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    with pytest.raises(ConfigurationError):
        load_configuration(written(tmp_path, yaml.safe_dump(values)))
    assert problems(schema, values) != []


def test_short_forms_and_variables_of_the_environment_fit_both(schema: dict[str, Any], tmp_path: Path) -> None:
    values = deepcopy(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
    values["models"][0] |= {
        "positive_class": True,
        "decision_threshold": "${THRESHOLD}",
        "features": ["amount", {"name": "age", "range": [0, 120]}],
        "objectives": {"accuracy": 0.9, "recall": "${RECALL}", "f1": {"threshold": 0.5, "severity": "${SEVERITY}"}},
    }
    values["tick"] = "${TICK}"
    values["strategy"] = {"deployment_scale": "small", "criticality": "high"}
    values["models"][0]["strategy"] = "standard"
    environment = {"THRESHOLD": "0.4", "RECALL": "0.7", "SEVERITY": "info", "TICK": "30s"}
    assert load(written(tmp_path, yaml.safe_dump(values)), plug_in_kinds(), environment).tick == Duration.parse("30s")
    assert problems(schema, values) == []


def _nodes(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every key of the schema with what is said of it."""
    for name, inner in schema.get("properties", {}).items():
        yield name, inner
        yield from _nodes(inner)
    choices = [one for key in ("anyOf", "allOf") for one in schema.get(key, ())]
    for inner in (*choices, *(schema[key] for key in ("items", "additionalProperties") if key in schema)):
        if isinstance(inner, dict):
            yield from _nodes(inner)


def test_every_key_is_explained(schema: dict[str, Any]) -> None:
    keys = [*_nodes(schema), *_nodes(schema["definitions"]["objective"])]
    silent = {name for name, inner in keys if not inner.get("description")}
    sections = {name for name in silent if name in plug_in_kinds().receivers}
    assert silent - sections == set()
    assert len(keys) > 150


def test_every_metric_that_can_have_an_objective_is_named(schema: dict[str, Any]) -> None:
    offered = schema["properties"]["models"]["items"]["properties"]["objectives"]["properties"]
    assert set(offered) == {metric.id for metric in catalogue.metrics() if metric.direction is not None}


def test_the_kinds_of_plug_in_bring_their_own_options(schema: dict[str, Any]) -> None:
    kinds = plug_in_kinds()
    feeds = {one["properties"]["kind"]["const"]: one for one in _feeds(schema)}
    assert {name: set(one["properties"]) for name, one in feeds.items()} == _keys(kinds.feeds)
    receivers = dict(schema["properties"]["alerting"]["properties"]["receivers"]["items"]["properties"])
    del receivers["name"]
    assert {name: set(one["properties"]) for name, one in receivers.items()} == _keys(kinds.receivers)
    collectors = schema["properties"]["collectors"]["properties"]
    assert {name: set(one["properties"]) for name, one in collectors.items()} == _keys(kinds.collectors)


def _feeds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of the kinds of feed, with the kind as it must be written."""
    feeds = deepcopy(schema["properties"]["feeds"]["items"]["anyOf"])
    for feed in feeds:
        feed["properties"]["kind"] = feed["properties"]["kind"]["anyOf"][0]
    return list(feeds)


def _keys(sections: Mapping[str, type[Section]]) -> dict[str, set[str]]:
    return {name: set(section.keys()) for name, section in sections.items()}


def test_as_a_process_it_prints_nothing_but_the_schema(schema: dict[str, Any], tmp_path: Path) -> None:
    told = run("schema", folder=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout) == schema
