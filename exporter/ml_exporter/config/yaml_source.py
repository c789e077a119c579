"""YAML with its line numbers, and with keys given twice refused: YAML itself would keep the last in silence."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


class YamlProblem(Exception):
    """The text is no YAML that can be used."""

    def __init__(self, message: str, line: int | None) -> None:
        self.message = message
        self.line = line
        super().__init__(message)


@dataclass(frozen=True)
class YamlSource:
    """The values of a YAML text, and where each of them stands."""

    values: dict[str, Any]
    lines: dict[str, int]

    def line_of(self, path: str) -> int | None:
        """Return the line of ``path``, or of the nearest thing around it that stands in the text."""
        steps = _STEP.findall(path)
        while steps:
            line = self.lines.get("/".join(steps))
            if line is not None:
                return line
            steps.pop()
        return None


def read_yaml(text: str, first_key: str = "models") -> YamlSource:
    """Parse a YAML mapping.

    Args:
        text: the YAML.
        first_key: a key that a file without any could start with.

    Raises:
        YamlProblem: the text is no YAML, is no mapping, or gives a key twice.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(
            f"is no valid YAML: {error.problem or error.context}; check indentation, quotes and brackets there",
            mark.line + 1 if mark else None,
        ) from None
    except yaml.YAMLError as error:
        raise YamlProblem(f"is no valid YAML: {error}", None) from None
    if not isinstance(root, yaml.MappingNode):
        raise YamlProblem(f"holds no keys and values; start with `{first_key}:` (see examples/)", None)
    lines: dict[str, int] = {}
    _note_lines(root, (), lines)
    return YamlSource(values, lines)


def _note_lines(node: yaml.Node, path: tuple[str, ...], lines: dict[str, int]) -> None:
    """Note the line of every key and item below ``node``."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            name = "/".join(below)
            line = key.start_mark.line + 1
            if name in lines:
                raise YamlProblem(f"the key {key.value!r} was given already in line {lines[name]}; keep one", line)
            lines[name] = line
            _note_lines(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            below = (*path, f"[{index}]")
            lines["/".join(below)] = value.start_mark.line + 1
            _note_lines(value, below, lines)
