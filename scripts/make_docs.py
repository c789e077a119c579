"""Makes the pages of docs/ that are generated: what the code knows is written down by the code."""

import argparse
import difflib
import sys
from pathlib import Path

from docs_pages import generated_pages

DOCS = Path(__file__).parents[1] / "docs"


def pages() -> dict[Path, str]:
    """Return every generated page."""
    return {DOCS / name: text for name, text in generated_pages().items()}


def main() -> None:
    """Write every generated page; with ``--check``, fail instead where one is not what the code says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; show what differs, and fail if anything")
    if parser.parse_args().check:
        sys.exit(_check())
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def _check() -> int:
    """Print how the pages differ from what the code says; return 1 where they do."""
    code = 0
    for path, text in pages().items():
        name = str(path.relative_to(DOCS.parent))
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        difference = difflib.unified_diff(
            found.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name}, as `make docs` writes it"
        )
        for line in difference:
            code = 1
            sys.stdout.write(line)
    sys.stdout.write("A page is out of date: run `make docs`.\n" if code else "The pages say what the code says.\n")
    return code


if __name__ == "__main__":
    main()
