"""From a file to a configuration, or to the list of everything that is wrong with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ml_exporter.config.base import Section, Wrong, attempt
from ml_exporter.config.collectors import CollectorSettings
from ml_exporter.config.environment import expand
from ml_exporter.config.feed import FeedSettings
from ml_exporter.config.location import path_of
from ml_exporter.config.monitoring import Monitoring
from ml_exporter.config.planned import planned
from ml_exporter.config.shown import printable
from ml_exporter.config.web import WebSettings
from ml_exporter.config.yaml_source import MAXIMUM_BYTES, YamlProblem, YamlSource, read_yaml

Loaded = TypeVar("Loaded", bound=Section)


@dataclass(frozen=True)
class Kinds:
    """The kinds of plug-in that the configuration may name, each with the settings that it takes."""

    feeds: Mapping[str, type[FeedSettings]] = field(default_factory=dict)
    receivers: Mapping[str, type[Section]] = field(default_factory=dict)
    detectors: frozenset[str] = frozenset()
    collectors: Mapping[str, type[CollectorSettings]] = field(default_factory=dict)
    alerts: Mapping[str, float | None] = field(default_factory=dict)
    """Name of each alert of the bundle to its threshold, None where it has none that can be changed."""

    alerts_about_models: frozenset[str] = frozenset()
    """Those of them that are each about a model."""


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


def load(
    file: Path,
    kinds: Kinds,
    environment: Mapping[str, str] | None = None,
    instead: Mapping[tuple[str, str], Any] | None = None,
) -> Monitoring:
    """Read and validate a configuration file, and fill in what its strategies decide.

    Args:
        file: monitoring.yml.
        kinds: the plug-ins that it may name.
        environment: where ``${NAME}`` is looked up; the process's own by default.
        instead: section and key to a value that takes the place of the file's, as for this machine only.

    Raises:
        ConfigurationError: with every problem at once, in the order of their lines.
    """
    source = _read(file, "models")
    values, unset = expand(source.values, os.environ if environment is None else environment)
    for (section, key), value in (instead or {}).items():
        if isinstance(values.setdefault(section, {}), dict):
            values[section] = {**values[section], key: value}
    return planned(_validated(file, source, Monitoring, values, vars(kinds), unset))


def load_web_settings(file: Path) -> WebSettings:
    """Read and validate a web configuration file. Nothing in it stands for variables of the environment.

    Raises:
        ConfigurationError: with every problem at once, in the order of their lines.
    """
    source = _read(file, "tls_server_config")
    return _validated(file, source, WebSettings, source.values, {}, [])


def _validated(
    file: Path, source: YamlSource, section: type[Loaded], values: Any, context: dict[str, Any], unset: list[Wrong]
) -> Loaded:
    loaded, found = attempt(section, values, context)
    wrong = [*source.wrong, *unset, *(entry for entry in found if not _follows_from(entry, unset))]
    if loaded is None or wrong:
        raise ConfigurationError(file, _problems(source, wrong))
    return loaded


def _follows_from(found: Wrong, unset: list[Wrong]) -> bool:
    """Tell whether something is wrong only because a variable is not set: that has been told."""
    return any(found[0][: len(location)] == location for location, _ in unset)


def _problems(source: YamlSource, wrong: list[Wrong]) -> list[Problem]:
    problems = [
        Problem(printable(path_of(location)), printable(message), source.line_of(location))
        for location, message in wrong
    ]
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)


def _read(file: Path, first_key: str) -> YamlSource:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAXIMUM_BYTES + 1)
        if len(content) > MAXIMUM_BYTES:
            raise YamlProblem(f"is larger than {MAXIMUM_BYTES // 1024} KiB: no configuration is; name the right file")
        return read_yaml(content.decode("utf-8"), first_key)
    except OSError as error:
        remedy = f"cannot be read ({error.strerror}); name an existing, readable file"
        raise ConfigurationError(file, [Problem("", remedy)]) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem("", f"is not UTF-8 text ({error.reason}); save it as UTF-8", line)
        raise ConfigurationError(file, [problem]) from None
    except YamlProblem as problem:
        raise ConfigurationError(file, [Problem("", problem.message, problem.line)]) from None
