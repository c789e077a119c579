"""The documentation as its tests read it: pages, their blocks of code, their links and headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from docs_pages.markdown import anchor

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[(?:\\.|[^\]\\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One page of Markdown."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """Return the blocks of code in a language."""
        return [code for name, code in _FENCE.findall(self.text) if name == language]

    @property
    def code(self) -> list[str]:
        """All code, each block and each piece within a line."""
        return [code for _, code in _FENCE.findall(self.text)] + _INLINE.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        return {anchor(heading) for heading in _HEADING.findall(self.prose)}


def pages() -> Iterator[Page]:
    """Yield the README and every page of docs/."""
    yield Page(ROOT / "README.md")
    for path in sorted(DOCS.rglob("*.md")):
        yield Page(path)


def page(name: str) -> Page:
    """Return a page of docs/."""
    return Page(DOCS / name)


def name_of(one: Page) -> str:
    """Return a page's name, for the tests' own names."""
    return str(one.path.relative_to(ROOT))
