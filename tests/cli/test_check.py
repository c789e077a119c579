"""``ml-exporter check``: the table of series, the warnings, or every error."""

import re
from pathlib import Path

import pytest

from ml_exporter.pipeline import load_configuration
from ml_exporter.tallies import budget, worst_case
from tests.cli.commands import EXAMPLE, VALID, invoke, run, written


def test_a_valid_file_gets_a_table_of_the_series_it_will_make(tmp_path: Path) -> None:
    file = written(tmp_path)
    told = invoke("check", file)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{file} is valid.\n")
    monitoring = load_configuration(file)
    (model,) = monitoring.models
    counted = budget(model, monitoring)
    expected = [counted.version, counted.slice, worst_case(model, monitoring), counted.limit]
    (row,) = [line for line in told.stdout.splitlines() if "fraud" in line and "│" in line]
    assert [int(cell.replace(",", "")) for cell in re.findall(r"[\d,]+", row)] == expected
    assert "Warning" not in told.stdout
    assert told.stderr == ""


def test_every_error_goes_to_standard_error_and_the_exit_code_is_1(tmp_path: Path) -> None:
    file = written(tmp_path, VALID.replace("tick: 1s", "tick: 5 parsecs").replace("task: binary", "task: binry"))
    told = invoke("check", file)
    assert told.exit_code == 1
    assert told.stdout == ""
    heading, *problems = told.stderr.splitlines()
    assert heading == f"{file}: 2 problems"
    assert problems[0].startswith("  line 2: models[0].task: 'binry' is no task; choose from ")
    assert problems[1].startswith("  line 6: tick: '5 parsecs' is no duration; write a number and a unit out of")


def test_a_problem_stands_in_one_line_however_narrow_the_terminal(tmp_path: Path) -> None:
    file = written(tmp_path, VALID.replace("tick: 1s", "tick: 5 parsecs"))
    assert len(invoke("check", file, columns=30).stderr.splitlines()) == 2


def test_brackets_in_a_value_are_shown_as_they_are(tmp_path: Path) -> None:
    file = written(tmp_path, VALID.replace("events: labels", 'events: "[red]labels[/red]"'))
    assert "'[red]labels[/red]' is not allowed" in invoke("check", file).stderr
    told = invoke("check", written(tmp_path, VALID.replace("name: fraud", 'name: "[red]fraud"'), "[b].yml"))
    assert "[b].yml is valid." in told.stdout
    assert "│ [red]fraud " in told.stdout


def test_a_long_name_is_shown_in_full(tmp_path: Path) -> None:
    name = "fraud_detection_of_card_payments_in_europe_and_the_middle_east"
    shown = invoke("check", written(tmp_path, VALID.replace("name: fraud", f"name: {name}")), columns=80).stdout
    table = [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert "".join(table) == name


@pytest.mark.parametrize("name", ["nothing.yml", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    told = invoke("check", tmp_path / name)
    assert told.exit_code == 1
    assert "name an existing, readable file" in told.stderr
    assert "Traceback" not in told.output


_EXAMPLES = [
    path
    for path in sorted(EXAMPLE.parent.glob("*.yml"))
    if re.search("^models:", path.read_text(encoding="utf-8"), re.MULTILINE)  # web.yml is none
]


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_valid_and_warns_of_nothing(example: Path) -> None:
    told = invoke("check", example)
    assert (told.exit_code, told.stderr) == (0, "")
    assert "Warning" not in told.stdout


@pytest.mark.parametrize(
    ("replaced", "by", "said"),
    [
        (
            "segments: [country]",
            "segments: [a, b, c], max_timeseries: 1000",
            r"fraud can make [\d,]+ time series, more than its limit of 1,000: .* share __other__; lower"
            r" models\[0\]\.max_segment_values, or raise models\[0\]\.max_timeseries",
        ),
        ("events: labels", "events: predictions", r"no feed brings labels of fraud; add one, or name the model in"),
        ("{critical: [team], warning: [team]}", "{}", r"no route names the receiver 'team', so it hears of nothing"),
    ],
)
def test_what_is_allowed_but_seldom_meant_is_a_warning(tmp_path: Path, replaced: str, by: str, said: str) -> None:
    told = invoke("check", written(tmp_path, VALID.replace(replaced, by)))
    assert told.exit_code == 0
    assert re.search(f"^Warning: {said}", told.stdout, re.MULTILINE), told.stdout


def test_rows_that_are_joined_already_bring_predictions_and_labels(tmp_path: Path) -> None:
    text = VALID.replace("events: predictions}", "events: outcomes}").replace("  - {name: labels", "  # {name: labels")
    assert "no feed brings" not in invoke("check", written(tmp_path, text)).stdout


def test_as_a_process_it_behaves_alike(tmp_path: Path) -> None:
    written(tmp_path, VALID.replace("tick: 1s", "tick: 5 parsecs"))
    told = run("check", "monitoring.yml", folder=tmp_path)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("monitoring.yml: 1 problem\n  line 6: tick: ")
