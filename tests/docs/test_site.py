"""The documentation as a site: it is built without a complaint, and every page is in its navigation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import DOCS, ROOT


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return folder


def test_every_page_is_built_and_every_picture_is_there(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        place = page.relative_to(DOCS).with_suffix("")
        built = site / place.parent / "index.html" if place.name == "README" else site / place / "index.html"
        assert built.is_file(), page
    for picture in (DOCS / "images").iterdir():
        assert (site / "images" / picture.name).is_file()


def test_every_page_is_in_the_navigation() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = {name for entry in nav for name in _names(entry)}
    assert {page.name for page in DOCS.glob("*.md")} <= listed


def _names(entry: object) -> set[str]:
    if isinstance(entry, dict):
        return {name for value in entry.values() for name in _names(value)}
    if isinstance(entry, list):
        return {name for value in entry for name in _names(value)}
    return {str(entry)}


def test_the_readme_is_a_page_whose_links_lead_somewhere(site: Path) -> None:
    page = (site / "quick-start" / "index.html").read_text(encoding="utf-8")
    assert "Your model, in ten minutes" in page
    assert 'src="../images/model-quality.png"' in page
    assert 'href="https://github.com/ml-exporter/ml-exporter/tree/main/examples"' in page
    assert 'href="../concepts/"' in page


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert 'src="https://' not in page
    assert "fonts.googleapis" not in page
