"""Each example is a configuration that the exporter takes, and one stands there for each kind of feed."""

from pathlib import Path

import pytest
import yaml

from ml_exporter import feeds
from tests.cli.commands import invoke

EXAMPLES = Path(__file__).parents[2] / "examples"
OF_THE_SERVER = {"web.yml"}
"""What `web.config_file` names is another file."""


@pytest.mark.parametrize("name", sorted({one.name for one in EXAMPLES.glob("*.yml")} - OF_THE_SERVER))
def test_an_example_is_valid(name: str) -> None:
    checked = invoke("check", EXAMPLES / name)
    assert checked.exit_code == 0, checked.output
    assert "is valid" in checked.output


@pytest.mark.parametrize("kind", sorted(feeds.kinds()))
def test_there_is_an_example_and_a_page_for_each_kind_of_feed(kind: str) -> None:
    example = yaml.safe_load((EXAMPLES / f"feed-{kind}.yml").read_text(encoding="utf-8"))
    assert kind in {feed["kind"] for feed in example["feeds"]}
    assert (EXAMPLES.parent / "docs" / "feeds" / f"{kind}.md").is_file()
