"""Hooks of mkdocs: what the site needs beyond the pages of docs/.

The README's ten minutes become a page; runbooks are in the navigation without being listed; links to files that are no
pages lead to the repository.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

QUICK_START = "quick-start.md"
_ROOT = Path(__file__).parents[1]
_OUTSIDE = re.compile(r"\]\((?:\.\./)+((?!docs/)[^)\s#]+)")
_WITHIN = re.compile(r"\]\(docs/")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the runbooks, which the alerts name."""
    runbooks = sorted(path.name for path in (_ROOT / "docs" / "runbooks").glob("*.md"))
    for section in config.nav or []:
        if isinstance(section, dict) and "Runbooks" in section:
            section["Runbooks"] = [f"runbooks/{name}" for name in runbooks]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README as a page of its own."""
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    repository = f"{config.repo_url}/tree/main/"
    text = _WITHIN.sub("](", text)
    text = re.sub(r"\]\((?!https?:|images/)([\w/-]+)\)", lambda link: f"]({repository}{link[1]})", text)
    files.append(File.generated(config, QUICK_START, content=text))
    return files


def on_page_markdown(markdown: str, *, config: MkDocsConfig, **_others: Any) -> str:
    """Let links that leave docs/ lead to the repository."""
    return _OUTSIDE.sub(lambda link: f"]({config.repo_url}/blob/main/{link[1]}", markdown)
