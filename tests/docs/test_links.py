"""Links lead somewhere."""

from urllib.parse import urlparse

import pytest

from tests.docs.pages import DOCS, ROOT, Page, name_of, pages

_PAGES = list(pages())


@pytest.mark.parametrize("one", _PAGES, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_a_heading_within_it(one: Page) -> None:
    for link in one.links:
        target = urlparse(link)
        if target.scheme:
            assert target.scheme == "https", f"{link} in {name_of(one)}"
            continue
        path = (one.path.parent / target.path).resolve() if target.path else one.path
        assert path.exists(), f"{link} in {name_of(one)} leads nowhere"
        assert path.is_relative_to(ROOT)
        if target.fragment:
            assert target.fragment in Page(path).anchors, f"{link} in {name_of(one)}: no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[str] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        here = ahead.pop()
        if here.suffix != ".md" or str(here) in reached or not here.exists():
            continue
        reached.add(str(here))
        ahead += [(here.parent / urlparse(link).path).resolve() for link in Page(here).links if "://" not in link]
    assert [name_of(Page(path)) for path in sorted(DOCS.rglob("*.md")) if str(path) not in reached] == []
