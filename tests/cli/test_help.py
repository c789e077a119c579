"""The help: it teaches, and it is there for whatever command somebody adds."""

import subprocess
import sys

import pytest
from docs_pages.commands import commands
from typer.main import get_command

import ml_exporter
from ml_exporter.cli import build
from tests.cli.commands import invoke

_COMMANDS = dict(commands(get_command(build()), ""))
"""Whole name of every command, with a blank in front, those within groups included."""


def test_the_help_tells_the_way_from_a_file_to_alerts() -> None:
    shown = " ".join(invoke("--help").stdout.split())
    for step in ("check monitoring.yml", "run monitoring.yml", "bundle monitoring.yml", "ml-exporter demo"):
        assert step in shown
    assert (
        shown.index("check monitoring.yml") < shown.index("run monitoring.yml") < shown.index("bundle monitoring.yml")
    )


def test_without_a_command_the_help_is_shown() -> None:
    assert "Usage: ml-exporter" in invoke().output


def test_the_version_is_that_of_the_package() -> None:
    told = invoke("--version")
    assert (told.exit_code, told.stdout) == (0, f"ml-exporter {ml_exporter.__version__}\n")


def test_the_installed_command_and_the_module_are_the_same() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "ml_exporter", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == invoke("--version").stdout


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_says_what_it_does_and_how_it_is_called(name: str) -> None:
    shown = invoke(*name.split(), "--help")
    assert shown.exit_code == 0
    assert f"Usage: ml-exporter{name}" in shown.stdout
    assert f"│ {name.split(maxsplit=1)[0]} " in invoke("--help").stdout


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_option_and_argument_is_described(name: str) -> None:
    command = _COMMANDS[name]
    assert command.help
    assert [parameter.name for parameter in command.params if not parameter.help] == []


@pytest.mark.parametrize("name", _COMMANDS)
def test_no_help_shows_markup_of_the_wrong_kind(name: str) -> None:
    shown = invoke(*name.split(), "--help").stdout
    assert "[bold]" not in shown
    assert "[/]" not in shown


def test_an_unknown_command_and_an_unknown_option_are_usage_errors() -> None:
    for arguments in (["chek"], ["check", "--fast", "x.yml"], ["check"]):
        told = invoke(*arguments)
        assert told.exit_code == 2
        assert "Usage: ml-exporter" in told.stderr


def test_commands_are_found_where_modules_register_them() -> None:
    assert {" check", " run", " bundle", " demo", " baseline show"} <= set(_COMMANDS)
