"""Pages of the documentation: tables are replaced between their markers, the text around them stays."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def put(page: Path, name: str, table: str) -> None:
    """Replace what stands between the markers of that name.

    Raises:
        LookupError: the page has no such markers.
    """
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- benchmark: {name} -->", f"<!-- end: {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"{page} has no place for the table {name!r}: write {begin} and {end} where it should stand")
    page.write_text(pattern.sub(lambda _: f"{begin}\n\n{table}\n\n{end}", text), encoding="utf-8")
