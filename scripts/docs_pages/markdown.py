"""Pieces of Markdown."""

from collections.abc import Iterable


def cell(text: str) -> str:
    """Return a text as it may stand in a table: in one line, without what would end its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def names(listed: Iterable[str]) -> str:
    """Return names as code, with commas between."""
    return ", ".join(f"`{name}`" for name in listed)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading.

    >>> anchor("models[].objectives.METRIC")
    'modelsobjectivesmetric'
    """
    kept = (one for one in heading.lower() if one.isalnum() or one in " -_")
    return "".join(kept).replace(" ", "-")
