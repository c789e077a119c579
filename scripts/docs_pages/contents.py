"""docs/README.md: every page by its title, so that none is out of reach."""

import re
from collections.abc import Mapping
from pathlib import Path

NAME = "README.md"

_DOCS = Path(__file__).parents[2] / "docs"
_FIRST = ("concepts.md", "feeds.md", "configuration.md", "metrics.md", "alerts.md", "commands.md", "operations.md")
"""The order in which somebody new reads them; others follow by name."""


def contents(made: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        made: name and text of the pages that are made from the code; the others are read.
    """
    written = {path.name: path.read_text(encoding="utf-8") for path in _DOCS.glob("*.md") if path.name != NAME}
    texts = {**written, **made}
    ordered = [*(name for name in _FIRST if name in texts), *sorted(texts.keys() - set(_FIRST))]
    return "# Documentation\n\n" + "".join(f"- [{_title(name, texts[name])}]({name})\n" for name in ordered)


def _title(name: str, text: str) -> str:
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1] if heading else name
