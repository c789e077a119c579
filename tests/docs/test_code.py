"""What stands in the documentation as code can be used as it stands."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from ml_exporter.cli import build
from ml_exporter.config import Monitoring
from ml_exporter.pipeline import load_configuration
from tests.docs.pages import Page, name_of, pages

_PAGES = list(pages())
_REST = {
    "models": [{"name": "fraud", "task": "binary"}],
    "feeds": [{"name": "predictions", "kind": "file", "path": "feed/*.jsonl", "events": "predictions"}],
}


def _configurations(one: Page) -> list[dict[str, Any]]:
    """Return the blocks of YAML that are a monitoring.yml, or sections of one."""
    parsed = [yaml.safe_load(block) for block in one.blocks("yaml")]
    return [block for block in parsed if isinstance(block, dict) and block.keys() & Monitoring.keys().keys()]


@pytest.mark.parametrize("one", [one for one in _PAGES if _configurations(one)], ids=name_of)
def test_every_block_that_is_a_configuration_is_valid(one: Page, tmp_path: Path) -> None:
    for block in _configurations(one):
        file = tmp_path / "monitoring.yml"
        file.write_text(yaml.safe_dump({**_REST, **block}), encoding="utf-8")
        load_configuration(file)


def test_the_readme_and_the_page_of_feeds_show_configurations() -> None:
    shown = {one.path.name for one in _PAGES if _configurations(one)}
    assert {"README.md", "feeds.md"} <= shown


def _command_lines(one: Page) -> list[list[str]]:
    """Return the words of each command line that begins with ml-exporter, up to what the shell would end it at."""
    lines = [line for code in one.code for line in code.splitlines()]
    found = [re.search(r"(?:^|\s|/)ml-exporter(\s+[^#|;&>]+)", line) for line in lines]
    return [shlex.split(match[1].replace("\\", "")) for match in found if match]


@pytest.mark.parametrize("one", [one for one in _PAGES if _command_lines(one)], ids=name_of)
def test_every_command_line_names_a_command_and_options_that_exist(one: Page) -> None:
    for words in _command_lines(one):
        command: Any = get_command(build())
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not getattr(command, "commands", None) or words[0].startswith("--"), f"no such command: {words}"
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for word in words:
            option = word.partition("=")[0]
            if option.startswith("--"):
                assert option in known | {"--help"}, f"{option} is no option of {command.name}, in {name_of(one)}"


def test_the_readme_shows_the_way() -> None:
    commands = {words[0] for words in _command_lines(_PAGES[0])}
    assert {"check", "run", "bundle"} <= commands
    assert {"make demo", "make test"} <= {" ".join(line.split()[:2]) for line in _PAGES[0].text.splitlines() if line}
