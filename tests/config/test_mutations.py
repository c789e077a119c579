"""Whatever a file says, it is a configuration or is told to be none: nothing else ever comes out."""

import copy
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml_exporter.config import ConfigurationError, Monitoring, Problem
from tests.config.conftest import VALID, Loaded

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["1h", "5 parsecs", "${A}", "${", "accuracy", "file", "team", "fraud", "localhost:1", "http://a", "name", "-1"]
    ),
)
_KEYS = st.one_of(
    st.text(max_size=6), st.integers(), st.booleans(), st.none(), st.sampled_from(["name", "kind", "for"])
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=6
)
_ODD_TEXT = st.sampled_from(
    [
        "\t",
        "\n",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "&a ",
        "*a",
        "!!",
        "#",
        "|",
        "${",
        "\\",
        "\0",
        "?",
        "%",
        "\x85",
    ]
)


@st.composite
def _mutated(draw: st.DrawFn) -> Any:
    """Replace, remove or add a value somewhere in the valid configuration, one to four times."""
    values = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 4))):
        node: Any = values
        while True:
            inner = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not inner:
                break
            step = draw(st.sampled_from(inner))
            if not isinstance(node[step], dict | list) or draw(st.booleans()):
                break
            node = node[step]
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if not inner or change == "add":
            _add(node, draw(_KEYS), draw(_VALUES))
        elif change == "replace":
            node[step] = draw(_VALUES)
        else:
            del node[step]
    return values


def _add(node: Any, key: Any, value: Any) -> None:
    if isinstance(node, dict):
        node[key] = value
    else:
        node.append(value)


def _is_judged(loaded: Loaded, content: Any) -> None:
    try:
        judged: Monitoring | list[Problem] = loaded(content, {"A": "x"})
    except ConfigurationError as error:
        judged = error.problems
    if isinstance(judged, Monitoring):
        assert judged.models
        return
    assert judged
    for problem in judged:
        assert problem.message.strip()
        assert str(problem).isprintable(), str(problem)
        assert len(str(problem)) < 2000
        assert "Value error" not in problem.message
        assert "Input should" not in problem.message


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=_mutated())
def test_any_change_of_values_gives_a_configuration_or_problems(loaded: Loaded, values: Any) -> None:
    try:
        text = yaml.safe_dump(values, allow_unicode=True)
    except (yaml.YAMLError, UnicodeError):
        pytest.fail("the values cannot be written as YAML")
    _is_judged(loaded, text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_the_text_gives_a_configuration_or_problems(loaded: Loaded, data: st.DataObject) -> None:
    text = yaml.safe_dump(VALID, sort_keys=False)
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        removed = data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(_ODD_TEXT | st.text(max_size=3)) + text[start + removed :]
    _is_judged(loaded, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_bytes_give_problems(loaded: Loaded, content: bytes) -> None:
    with pytest.raises(ConfigurationError) as error:
        loaded(content)
    assert all(problem.message for problem in error.value.problems)
