"""The pages that are made from the code are what the code makes of them now."""

import pytest
from docs_pages import generated_pages

from tests.docs.pages import page

_GENERATED = generated_pages()


@pytest.mark.parametrize("name", sorted(_GENERATED))
def test_a_generated_page_is_what_the_code_makes(name: str) -> None:
    assert page(name).text == _GENERATED[name], f"docs/{name} is out of date: run `make docs`"


def test_the_pages_are_found_where_modules_make_them() -> None:
    assert {"README.md", "alerts.md", "commands.md", "configuration.md", "metrics.md"} <= set(_GENERATED)
