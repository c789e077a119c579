"""``ml-exporter demo``: its options reach the demo, and what cannot work is refused with its limits."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from ml_exporter.cli import build
from ml_exporter.cli import demo as command
from ml_exporter.demo import DemoSettings
from tests.demo.command import defaults


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[DemoSettings]:
    settings: list[DemoSettings] = []

    def run(given: DemoSettings, _console: Console) -> int:
        settings.append(given)
        return 1 if given.once else 0

    monkeypatch.setattr(command, "run_demo", run)
    return settings


def test_without_options_the_demo_runs_until_it_is_stopped_in_its_usual_folder(asked: list[DemoSettings]) -> None:
    assert CliRunner().invoke(build(), ["demo"]).exit_code == 0
    assert asked == [DemoSettings(Path("demo-data"), defaults()["factor"], defaults()["corrupt_after"], False, 300.0)]


def test_every_option_reaches_the_demo_and_its_answer_is_the_exit_code(asked: list[DemoSettings]) -> None:
    options = ["--factor", "8640", "--corrupt-after", "90", "--once", "--deadline", "500", "--folder", "here"]
    assert CliRunner().invoke(build(), ["demo", *options]).exit_code == 1
    assert asked == [DemoSettings(Path("here"), 8640.0, 90.0, True, 500.0)]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--factor", "1"), ("--factor", "1000000"), ("--corrupt-after", "-1"), ("--deadline", "0")],
)
def test_a_value_with_which_nothing_could_be_shown_is_refused(
    asked: list[DemoSettings], option: str, value: str
) -> None:
    done = CliRunner().invoke(build(), ["demo", option, value])
    assert done.exit_code == 2
    assert option in done.output
    assert asked == []


def test_the_help_says_what_is_needed_and_how_it_ends() -> None:
    told = " ".join(CliRunner().invoke(build(), ["demo", "--help"]).output.split())
    for text in ("(make demo brings both)", "Ctrl-C stops everything", "It takes about two minutes"):
        assert text in told
