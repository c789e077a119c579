"""The page of dashboards has each of them, with pictures that load quickly."""

from pathlib import Path

import pytest

from ml_exporter.bundle.dashboards import dashboard_kinds
from ml_exporter.bundle.dashboards.definition import DashboardKind
from tests.docs.pages import DOCS, page

_KINDS = dashboard_kinds()
_LARGEST = 150_000
"""Bytes of a picture."""


def _pictures(kind: DashboardKind) -> list[Path]:
    return [DOCS / "images" / f"{kind.name}{times}.png" for times in ("", "-well")]


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.name)
def test_every_dashboard_is_on_the_page_with_its_audience_and_its_question(kind: DashboardKind) -> None:
    chapter = page("dashboards.md").text.partition(f"\n## {kind.title}\n")[2].partition("\n## ")[0]
    for told in (kind.question, kind.audience, kind.uid, *(f"images/{picture.name}" for picture in _pictures(kind))):
        assert told in chapter


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.name)
def test_every_dashboard_has_small_pictures_of_good_and_of_bad_times(kind: DashboardKind) -> None:
    for picture in _pictures(kind):
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < _LARGEST
