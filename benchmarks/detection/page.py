"""docs/detection.md: where its tables go."""

from benchmarks import pages

PAGE = pages.DOCS / "detection.md"


def put(name: str, table: str) -> None:
    """Replace a table of the page; see ``pages.put``."""
    pages.put(PAGE, name, table)
