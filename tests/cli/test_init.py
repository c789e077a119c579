"""``ml-exporter init``: what it writes is valid, whatever it was told; it asks on a terminal, overwrites nothing."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
import yaml
from jsonschema import Draft7Validator

from ml_exporter.bundle import generate, receiver_kinds
from ml_exporter.cli.init import TaskName
from ml_exporter.events import tasks
from ml_exporter.pipeline import load_configuration
from tests.cli.commands import invoke, run

_OBJECTIVES: Mapping[str, Sequence[str]] = {
    "binary": ("precision=0.8", "log_loss=0.0000001"),
    "multiclass": ("f1_macro=0.75",),
    "regression": ("mean_absolute_error=15000", "prediction_interval_coverage=0.88"),
    "ranking": ("hit_ratio_10=0.2",),
}


def _choices(task: str) -> list[Sequence[Sequence[str]]]:
    """Return for each part of the file what may be told of it, nothing included."""
    objectives = ["--objective", "error_rate=0.01", "--objective", "prediction_latency_p99=0.25"]
    for objective in _OBJECTIVES[task]:
        objectives += ["--objective", objective]
    own = {"multiclass": ["--classes", "yes, no,3, a b"], "binary": ["--positive-class", "fraud"]}.get(task, [])
    return [
        [[], ["--segments", "country,sales channel", "--features", "amount, user.age", *own]],
        [[], ["--outcomes", "o/*.jsonl"]],
        [[], objectives, ["--objective", ""]],
        [[], ["--slack", "#ml-alerts", "--label-horizon", "1h30m"]],
    ]


@pytest.mark.parametrize("task", get_args(TaskName))
def test_every_combination_of_what_it_can_be_told_passes_check_and_bundle(tmp_path: Path, task: str) -> None:
    file = tmp_path / "monitoring.yml"
    told = set()
    for choice in product(*_choices(task)):
        options = [option for options in choice for option in options]
        assert invoke("init", file, "--task", task, "--force", *options).exit_code == 0, options
        monitoring = load_configuration(file)
        assert generate(monitoring, source=file.name)
        told.add(file.read_text(encoding="utf-8"))
    assert len(told) == len(list(product(*_choices(task))))
    assert invoke("check", file).exit_code == 0
    assert invoke("bundle", file, "--out", tmp_path / "bundle").exit_code == 0


@pytest.mark.parametrize("told", [[kind] for kind in receiver_kinds()] + [["slack=#ops", "pagerduty", "email=a@b.org"]])
def test_every_kind_of_receiver_can_be_told_of_alerts(tmp_path: Path, told: list[str]) -> None:
    file = tmp_path / "monitoring.yml"
    options = [option for kind in told for option in ("--notify", kind)]
    assert invoke("init", file, *options).exit_code == 0
    assert invoke("check", file).exit_code == 0
    alerting = load_configuration(file).alerting
    assert [one.kind for one in alerting.receivers] == [kind.partition("=")[0] for kind in told]
    assert alerting.routes.critical == alerting.routes.warning == [one.name for one in alerting.receivers]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("pigeon", "pigeon is no kind of receiver; choose from slack, pagerduty"),
        ("pagerduty=key", "pagerduty takes nothing here; what it needs stands in a file of secrets/"),
    ],
)
def test_a_receiver_that_there_is_not_is_told(tmp_path: Path, told: str, why: str) -> None:
    done = invoke("init", tmp_path / "monitoring.yml", "--notify", told)
    assert done.exit_code == 1
    assert why in " ".join(done.output.split())


def test_every_task_can_be_chosen() -> None:
    assert set(get_args(TaskName)) == set(tasks())


def test_the_file_says_what_it_was_told(tmp_path: Path) -> None:
    file = tmp_path / "fraud.yml"
    options = ("--model", "fraud", "--task", "binary", "--segments", "country", "--features", "amount,age")
    more = ("--objective", "recall=0.7", "--objective", "log_loss=0.0000001", "--slack", "#fraud", "--labels", "x/*.l")
    told = invoke("init", file, *options, *more, "--label-horizon", "60d")
    assert told.stdout == f"{file} is written. Next: ml-exporter check {file}\n"
    monitoring = load_configuration(file)
    (model,) = monitoring.models
    assert (model.name, model.task, model.segments) == ("fraud", "binary", ["country"])
    assert [feature.name for feature in model.features] == ["amount", "age"]
    assert {name: one.threshold for name, one in model.objectives.items()} == {"recall": 0.7, "log_loss": 1e-7}
    assert [(feed.name, feed.events) for feed in monitoring.feeds] == [(one, one) for one in ("predictions", "labels")]
    assert '"x/*.l"' in file.read_text(encoding="utf-8")
    assert str(monitoring.label_horizon) == "60d"
    assert monitoring.alerting.receivers[0].options.model_dump()["channel"] == "#fraud"


def test_editors_find_the_schema_that_its_first_line_names(tmp_path: Path) -> None:
    file = tmp_path / "monitoring.yml"
    invoke("init", file)
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    named = first.removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((tmp_path / named).read_text(encoding="utf-8"))
    Draft7Validator(schema).validate(yaml.safe_load(file.read_text(encoding="utf-8")))


def test_most_of_it_is_explained(tmp_path: Path) -> None:
    invoke("init", tmp_path / "monitoring.yml")
    text = (tmp_path / "monitoring.yml").read_text(encoding="utf-8")
    assert text.count("#") > 20
    assert "ml-exporter check monitoring.yml" in text


def test_what_is_there_is_not_overwritten_unless_it_is_forced(tmp_path: Path) -> None:
    for name in ("monitoring.yml", "monitoring.schema.json"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    file = tmp_path / "monitoring.yml"
    refused = invoke("init", file)
    assert refused.exit_code == 1
    assert refused.stderr == f"ml-exporter: {file} is there already; name another file, or overwrite it with --force\n"
    assert file.read_text(encoding="utf-8") == "mine"
    assert invoke("init", tmp_path / "other.yml").exit_code == 0
    assert (tmp_path / "monitoring.schema.json").read_text(encoding="utf-8") == "mine"
    assert invoke("init", file, "--force").exit_code == 0
    assert load_configuration(file).models[0].name == "my_model"
    assert json.loads((tmp_path / "monitoring.schema.json").read_text(encoding="utf-8"))["title"] == "monitoring.yml"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--objective", "acuracy=0.9"], "models[0].objectives.acuracy: is no metric of the task binary; "),
        (["--objective", "accuracy=90"], "write 0.9 for 90 %"),
        (["--objective", "accuracy"], "--objective accuracy: has no value; write accuracy=0.9"),
        (["--objective", "accuracy=high"], "--objective accuracy=high: the value is no number; write accuracy=0.9"),
        (["--label-horizon", "5 parsecs"], "label_horizon: '5 parsecs' is no duration"),
        (["--task", "multiclass", "--classes", "one"], "models[0]"),
        (["--outcomes", "a", "--labels", "b"], "--outcomes are rows that hold both"),
    ],
)
def test_what_would_not_be_valid_is_told_and_not_written(tmp_path: Path, options: list[str], said: str) -> None:
    told = invoke("init", tmp_path / "monitoring.yml", *options)
    assert told.exit_code == 1
    assert said in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['"}{{ .x }}<script>', "a: b", "- c", "#d", "yes", "1e5", "ünder", "${HOME}", "'"])
def test_whatever_a_model_is_called_it_is_called_so_in_the_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / "monitoring.yml"
    assert invoke("init", file, "--model", name, "--segments", name).exit_code == 0
    model = load_configuration(file).models[0]
    assert [model.name, *model.segments] == [os.path.expandvars(name)] * 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    told = invoke("init", tmp_path / "nowhere" / "monitoring.yml")
    assert told.exit_code == 1
    assert "make its folder writable, or name another file" in told.stderr


def test_without_a_terminal_it_asks_nothing(tmp_path: Path) -> None:
    told = run("init", folder=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert load_configuration(tmp_path / "monitoring.yml").models[0].name == "my_model"


def _on_a_terminal(folder: Path, *arguments: str, typed: Sequence[str]) -> str:
    """Run the command on a terminal of its own; return what was shown."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ml_exporter", "init", *arguments]
    with subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in typed).encode())
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        assert process.wait(timeout=60) == 0, shown.decode()
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # so Linux says that nobody writes any more
        return b""


def test_on_a_terminal_it_asks_for_what_no_option_says(tmp_path: Path) -> None:
    typed = ["banana", "multiclass", "n", "cat,dog", "country", "", "accuracy=0.8", "", "l/*.jsonl", "7d", "#pets"]
    shown = _on_a_terminal(tmp_path, "--model", "pets", typed=typed)
    assert "banana is no task; choose from binary, multiclass, regression, ranking" in shown
    assert "Name of the model" not in shown
    monitoring = load_configuration(tmp_path / "monitoring.yml")
    (model,) = monitoring.models
    assert (model.name, model.classes, model.segments) == ("pets", ["cat", "dog"], ["country"])
    assert model.objectives["accuracy"].threshold == 0.8
    assert str(monitoring.label_horizon) == "7d"
    assert monitoring.alerting.receivers[0].options.model_dump()["channel"] == "#pets"


def test_enter_at_every_question_gives_what_is_usual(tmp_path: Path) -> None:
    _on_a_terminal(tmp_path, typed=[""] * 12)
    shown = (tmp_path / "monitoring.yml").read_text(encoding="utf-8")
    (tmp_path / "monitoring.yml").unlink()
    run("init", folder=tmp_path)
    assert (tmp_path / "monitoring.yml").read_text(encoding="utf-8") == shown
