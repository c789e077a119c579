"""YAML with its line numbers. What YAML would take in silence is refused: keys given twice, aliases that explode."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from ml_exporter.config.location import Location

MAXIMUM_BYTES = 1024 * 1024
"""A larger file is no configuration."""

_MAXIMUM_VALUES = 200_000
_MAXIMUM_DEPTH = 50
_TOO_DEEP = f"it is nested more than {_MAXIMUM_DEPTH} levels deep: no configuration is"
_TAGS = {"!!null", "!!bool", "!!int", "!!float", "!!str", "!!seq", "!!map"}
_CONSTRUCTION_ERRORS = (ValueError, KeyError, AttributeError, TypeError, OverflowError)
"""What PyYAML raises for values such as ``!!int x``; the loader below tells where they stand."""


class YamlProblem(Exception):
    """The text is no YAML that can be used."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.message = message
        self.line = line
        super().__init__(message)


@dataclass(frozen=True)
class YamlSource:
    """The values of a YAML text, where each of them stands, and what is wrong with some of them."""

    values: dict[str, Any]
    lines: dict[Location, int]
    wrong: list[tuple[Location, str]] = field(default_factory=list)

    def line_of(self, location: Location) -> int | None:
        """Return the line of a location, or of the nearest thing around it that stands in the text."""
        for length in range(len(location), 0, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return line
        return None


class _Loader(yaml.SafeLoader):
    """Builds texts, numbers, booleans, lists and mappings; a date stays the text that it is."""

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 - PyYAML's name
        """Begin a list or mapping in brackets: each level that is open makes every further character dearer."""
        self._refuse_depth(self.flow_level)
        super().fetch_flow_collection_start(TokenClass)

    def add_indent(self, column: int) -> bool:
        """Begin a level of indentation."""
        self._refuse_depth(len(self.indents))
        return bool(super().add_indent(column))

    def _refuse_depth(self, levels: int) -> None:
        if levels >= _MAXIMUM_DEPTH:
            raise yaml.scanner.ScannerError(None, None, _TOO_DEEP, self.get_mark())

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if _tag(node) not in _TAGS:
            raise _refused(f"the tag {_tag(node)} is none that a configuration may use: remove it", node)
        try:
            built = super().construct_object(node, deep)
        except _CONSTRUCTION_ERRORS:
            raise _refused(f"{str(node.value)[:80]!r} cannot be read as {_tag(node)}", node) from None
        # a lone surrogate is told by ``_note``; what validates the values could not write it into a message
        return built.encode(errors="replace").decode() if isinstance(built, str) else built


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":value"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace("tag:yaml.org,2002:", "!!")


def _refused(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def read_yaml(text: str, first_key: str = "models") -> YamlSource:
    """Parse a YAML mapping.

    Args:
        text: the YAML.
        first_key: a key that a file without any could start with.

    Raises:
        YamlProblem: the text is no YAML, is no mapping, or is larger than any configuration.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        _measure(root)
        source = YamlSource({}, {})
        _note(root, (), source)  # before the values are built: that merges `<<` into the nodes
        values = loader.construct_document(root) if root is not None else None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlProblem(f"is no text: {error.reason} ({error.character!r}); remove what is no text", line) from None
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text) from None
    if not isinstance(values, dict):
        what = "holds no keys and values" if values is None else f"holds a {_kind(values)} where keys and values belong"
        raise YamlProblem(f"{what}; start with `{first_key}:` (see examples/)")
    return YamlSource(values, source.lines, source.wrong)


def _kind(values: object) -> str:
    return {list: "list", str: "text", bool: "boolean"}.get(type(values), "number")


def _explained(error: yaml.MarkedYAMLError, text: str) -> YamlProblem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    begun = error.context_mark.line + 1 if error.context_mark else line
    context = f"{error.context}{f', begun in line {begun}' if begun != line else ''}" if error.context else None
    problem = ", ".join(part for part in (context, error.problem) if part)
    remedy = "check indentation, quotes and brackets there"
    lines = text.splitlines()
    if "'\\t'" in problem:
        remedy = "indent with spaces, not with tabs"
    elif line is not None and line <= len(lines) and "${" in lines[line - 1]:
        remedy = 'put quotes around what holds a variable: "${NAME}"'
    return YamlProblem(f"is no valid YAML: {problem}; {remedy}", line)


def _measure(root: yaml.Node | None) -> None:
    """Refuse what a few lines of aliases can make: a structure without end, or larger than any memory.

    Each node is measured once, however often aliases point to it.
    """
    measured: dict[int, tuple[int, int]] = {}
    around: set[int] = set()

    def measure(node: yaml.Node) -> tuple[int, int]:
        if id(node) in around:
            raise _refused("the value contains itself by an alias: write it out", node)
        if id(node) not in measured:
            around.add(id(node))
            below = [measure(child) for child in _children(node)]
            around.remove(id(node))
            values, depth = 1 + sum(values for values, _ in below), 1 + max((depth for _, depth in below), default=0)
            if values > _MAXIMUM_VALUES:
                raise _refused(f"there are more than {_MAXIMUM_VALUES} values: no configuration needs so many", node)
            if depth > _MAXIMUM_DEPTH:
                raise _refused(_TOO_DEEP, node)
            measured[id(node)] = values, depth
        return measured[id(node)]

    if root is not None:
        measure(root)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _note(node: yaml.Node | None, location: Location, source: YamlSource) -> None:
    """Note the line of every key and item below ``node``, and what is wrong with keys and texts."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            below = (*location, name)
            if name in seen:
                source.wrong.append((below, f"the key {name!r} was given already in line {seen[name]}; keep one"))
            seen.setdefault(name, line)
            source.lines[below] = line
            _note(key, below, source)
            _note(value, below, source)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            below = (*location, index)
            source.lines[below] = value.start_mark.line + 1
            _note(value, below, source)
    elif isinstance(node, yaml.ScalarNode) and not _storable(node.value):
        source.wrong.append((location, f"{node.value[:80]!r} holds a character that no text may have; remove it"))


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
