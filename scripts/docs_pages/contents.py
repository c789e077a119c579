"""docs/README.md: every page with its chapters."""

import re
from collections.abc import Mapping
from pathlib import Path

from docs_pages.markdown import anchor

NAME = "README.md"

_DOCS = Path(__file__).parents[2] / "docs"
_FIRST = ("concepts.md", "feeds.md", "configuration.md", "metrics.md", "alerts.md", "commands.md", "operations.md")
"""The order in which somebody new reads them; others follow by name."""

_CHAPTERS = 9
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def contents(made: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        made: name and text of the pages that are made from the code; the others are read.
    """
    written = {path.name: path.read_text(encoding="utf-8") for path in _DOCS.glob("*.md") if path.name != NAME}
    texts = {**written, **made}
    ordered = [*(name for name in _FIRST if name in texts), *sorted(texts.keys() - set(_FIRST))]
    rows = "".join(_row(name, _CODE.sub("", texts[name])) for name in ordered)
    return f"# Documentation\n\n| Page | Chapters |\n| --- | --- |\n{rows}"


def _row(name: str, text: str) -> str:
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    chapters = re.findall(r"^## (.+)$", text, re.MULTILINE)
    links = [f"[{_escaped(chapter)}]({name}#{anchor(chapter)})" for chapter in chapters[:_CHAPTERS]]
    further = ["..."] if len(chapters) > _CHAPTERS else []
    return f"| [{heading[1] if heading else name}]({name}) | {', '.join([*links, *further])} |\n"


def _escaped(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]").replace("|", "\\|")
