"""One generated file, and how YAML is written: the same bytes for the same input, readable, commented."""

from dataclasses import dataclass
from typing import Any, Literal

import yaml

Part = Literal["scrape", "rules", "routes", "dashboards"]


MARK = "Made by `ml-exporter bundle`"
"""Stands in every file that takes comments."""


@dataclass(frozen=True)
class GeneratedFile:
    """A file of the bundle."""

    path: str
    """Relative to the folder that the bundle is written into."""

    text: str
    part: Part


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, texts of several lines as blocks, and everything in full."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - yaml's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - yaml's signature
        """Write what stands twice twice: an anchor is for machines."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def yaml_file(path: str, part: Part, *contents: Any, source: str, about: str) -> GeneratedFile:
    """Write values as YAML below a comment that says where they come from.

    Args:
        path: of the file.
        part: of the bundle.
        contents: what to write, each as a document of its own.
        source: the name of the configuration file.
        about: what the file is, one or several lines.
    """
    comment = "".join(f"# {line}\n" for line in (*about.splitlines(), origin(source)))
    documents = [
        yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True) for content in contents
    ]
    return GeneratedFile(path, comment + "---\n".join(documents), part)


def origin(source: str) -> str:
    """Return the line that says what a file was made from."""
    name = " ".join(source.split())
    return f"{MARK} from {name}; a change by hand is lost when it is made again."
