"""From a file to a configuration, or to the list of everything that is wrong with it."""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ml_exporter.config.base import Section
from ml_exporter.config.collectors import CollectorSettings
from ml_exporter.config.feed import FeedSettings
from ml_exporter.config.monitoring import Monitoring
from ml_exporter.config.web import WebSettings
from ml_exporter.config.yaml_source import YamlProblem, YamlSource, read_yaml

Loaded = TypeVar("Loaded", bound=Section)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_WORDS = ("url", "key", "token", "password", "secret")


@dataclass(frozen=True)
class Kinds:
    """The kinds of plug-in that the configuration may name, each with the settings that it takes."""

    feeds: Mapping[str, type[FeedSettings]] = field(default_factory=dict)
    receivers: Mapping[str, type[Section]] = field(default_factory=dict)
    collectors: Mapping[str, type[CollectorSettings]] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the configuration."""

    path: str
    """Where: ``models[0].task``."""

    message: str
    """What, with the offending value, and what to do."""

    line: int | None = None
    """The line in the file, counted from 1, where it is known."""

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"


class ConfigurationError(Exception):
    """The configuration cannot be used; ``problems`` says everything that is wrong with it."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))


def load(file: Path, kinds: Kinds, environment: Mapping[str, str] | None = None) -> Monitoring:
    """Read and validate a configuration file.

    Args:
        file: monitoring.yml.
        kinds: the plug-ins that it may name.
        environment: where ``${NAME}`` is looked up; the process's own by default.

    Raises:
        ConfigurationError: with every problem at once.
    """
    source = _read(file, "models")
    values, unset = _expand(source.values, os.environ if environment is None else environment)
    if unset:
        raise ConfigurationError(file, [_located(source, path, message) for path, message in unset])
    return _validated(file, source, Monitoring, values, vars(kinds))


def load_web_settings(file: Path) -> WebSettings:
    """Read and validate a web configuration file. Nothing in it stands for variables of the environment.

    Raises:
        ConfigurationError: with every problem at once.
    """
    source = _read(file, "tls_server_config")
    return _validated(file, source, WebSettings, source.values, {})


def _validated(file: Path, source: YamlSource, section: type[Loaded], values: Any, context: dict[str, Any]) -> Loaded:
    try:
        return section.model_validate(values, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [_located(source, path, message) for detail in details for path, message in _explain(detail)]
        raise ConfigurationError(file, found) from None


def _read(file: Path, first_key: str) -> YamlSource:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        remedy = f"cannot be read ({error.strerror}); name an existing, readable file"
        raise ConfigurationError(file, [Problem("", remedy)]) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(file, [Problem("", f"is not UTF-8 text ({error.reason}); save it as UTF-8")]) from None
    try:
        return read_yaml(text, first_key)
    except YamlProblem as problem:
        raise ConfigurationError(file, [Problem("", problem.message, problem.line)]) from None
    except yaml.YAMLError as error:  # pragma: no cover - what read_yaml does not foresee is still told as a problem
        raise ConfigurationError(file, [Problem("", str(error))]) from None


def _expand(value: Any, environment: Mapping[str, str], path: str = "") -> tuple[Any, list[tuple[str, str]]]:
    """Replace ``${NAME}`` in every text; return the values and the variables that are not set."""
    unset: list[tuple[str, str]] = []

    def walk(node: Any, path: str) -> Any:
        if isinstance(node, dict):
            return {key: walk(child, f"{path}.{key}" if path else str(key)) for key, child in node.items()}
        if isinstance(node, list):
            return [walk(child, f"{path}[{index}]") for index, child in enumerate(node)]
        if isinstance(node, str):
            missing = [name for name in _VARIABLE.findall(node) if name not in environment]
            unset.extend((path, f"the environment variable {name} is not set; set it") for name in missing)
            return _VARIABLE.sub(lambda match: environment.get(match[1], ""), node)
        return node

    return walk(value, path), unset


def _located(source: YamlSource, path: str, message: str) -> Problem:
    return Problem(path, message, source.line_of(path))


def _explain(detail: ErrorDetails) -> list[tuple[str, str]]:
    """Turn one of pydantic's errors into paths and messages that name the value and the remedy."""
    path = _path(detail["loc"])
    value = detail["input"]
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error":
        return _explain_own(path, value, message)
    explained: dict[str, Callable[[], str]] = {
        "extra_forbidden": lambda: _unknown_key(detail),
        "missing": lambda: "is missing; add it",
        "literal_error": lambda: f"{value!r} is not allowed; choose from {detail['ctx']['expected']}",
        "model_type": lambda: f"{value!r} stands where keys and values belong; write it as a mapping",
        "dict_type": lambda: f"{value!r} stands where keys and values belong; write it as a mapping",
    }
    otherwise = f"{value!r}: {message[:1].lower()}{message[1:]}"
    return [(path, explained.get(detail["type"], lambda: otherwise)())]


def _explain_own(path: str, value: object, message: str) -> list[tuple[str, str]]:
    """Explain an error of our own validators, whose messages may name a path within what they look at."""
    if not path:
        return [_split(line) for line in message.splitlines()]
    if isinstance(value, str | int | float):
        return [(path, f"{value!r} {message}" if message.startswith("is ") else message)]
    inner, text = _split(message)
    return [(f"{path}.{inner}" if inner else path, text)]


def _split(line: str) -> tuple[str, str]:
    """Split ``path: message`` where the message of a validator names a path of its own."""
    path, colon, message = line.partition(": ")
    return (path, message) if colon and re.fullmatch(r"[\w.\[\]-]+", path) else ("", line)


def _unknown_key(detail: ErrorDetails) -> str:
    key = str(detail["loc"][-1])
    if any(word == key or key.endswith(f"_{word}") for word in _SECRET_WORDS):
        return f"is not taken inline, where it could leak; put it into a file and give `{key}_file: PATH`"
    close = difflib.get_close_matches(key, _known_keys(), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "; remove it, or see docs/configuration.md for what there is"
    return f"is no key that is known here{hint}"


def _known_keys() -> list[str]:
    sections: list[type[Section]] = [Monitoring, *Section.__subclasses__()]
    keys: list[str] = []
    for section in sections:
        keys.extend(entry.alias or name for name, entry in section.model_fields.items())
    return keys


def _path(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text
