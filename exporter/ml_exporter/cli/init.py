"""``ml-exporter init``."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from ml_exporter.cli.application import fail, read_configuration
from ml_exporter.cli.starting_file import SCHEMA_FILE, Answers, starting_file
from ml_exporter.cli.starting_receivers import STARTING
from ml_exporter.config.json_schema import json_schema
from ml_exporter.pipeline import plug_in_kinds

TaskName = Literal["binary", "multiclass", "regression", "ranking"]

_OBJECTIVES: Mapping[str, Mapping[str, float]] = {
    "binary": {"accuracy": 0.9},
    "multiclass": {"accuracy": 0.9},
    "regression": {"r2": 0.8},
    "ranking": {"ndcg_10": 0.3},
}
"""What is expected where nobody says otherwise: something to replace, but something that is looked at."""

_KINDS_OF_RECEIVERS = ", ".join(
    f"{kind}={starting.wants}" if starting.wants else kind for kind, starting in STARTING.items()
)


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def init(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")] = Path("monitoring.yml"),
        model: Annotated[str | None, typer.Option(help="The model_name that events carry.")] = None,
        task: Annotated[TaskName | None, typer.Option(help="What the model does.")] = None,
        classes: Annotated[str | None, typer.Option(help="Multiclass: its classes, with commas between.")] = None,
        positive_class: Annotated[str | None, typer.Option(help="Binary: the class that is looked for.")] = None,
        segments: Annotated[str | None, typer.Option(help="Keys that metrics are sliced by, with commas.")] = None,
        features: Annotated[str | None, typer.Option(help="Features to watch for drift, with commas.")] = None,
        predictions: Annotated[str | None, typer.Option(help="Files of predictions, as a glob.")] = None,
        labels: Annotated[str | None, typer.Option(help="Files of labels, as a glob.")] = None,
        outcomes: Annotated[
            str | None, typer.Option(help="Files of rows that hold both, joined already, as a glob.")
        ] = None,
        label_horizon: Annotated[str | None, typer.Option(help="The longest that a label takes, as in 30d.")] = None,
        objective: Annotated[
            list[str] | None, typer.Option(metavar="METRIC=VALUE", help="What to reach; may be given repeatedly.")
        ] = None,
        notify: Annotated[
            list[str] | None,
            typer.Option(
                metavar="KIND[=WHERE]",
                help=f"Who hears of alerts; may be given repeatedly: {_KINDS_OF_RECEIVERS}.",
            ),
        ] = None,
        slack: Annotated[str | None, typer.Option(help="The same as --notify slack=CHANNEL.")] = None,
        force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    ) -> None:
        """Write a monitoring.yml to start with: valid, and with a comment for whatever you may want to change.

        On a terminal it asks for what no option says; elsewhere it takes what is usual.

        - `ml-exporter init` asks, and writes monitoring.yml.

        - `ml-exporter init --model churn --task binary --segments country --objective accuracy=0.85`

        - `ml-exporter init --notify pagerduty --notify slack=#ml-alerts` has both told of alerts.

        - `ml-exporter init prices.yml --model prices --task regression --outcomes "rows/*.jsonl"`

        Beside it, it writes the JSON Schema of the file for editors (see `ml-exporter schema`). A file that is there
        is not overwritten: then it exits with 1, unless --force is given.
        """
        if file.exists() and not force:
            fail(f"{file} is there already; name another file, or overwrite it with --force")
        if outcomes and (predictions or labels):
            fail("--outcomes are rows that hold both: give either those, or --predictions and --labels")
        ask = _asking(sys.stdin.isatty())
        kind = _asked_task(task, ask)
        joined = outcomes is not None
        if not joined and predictions is None and labels is None and sys.stdin.isatty():
            joined = typer.confirm("Do your rows hold the prediction and the truth, joined already?", default=False)
        answers = Answers(
            model=ask("Name of the model, as its events carry it", model, "my_model"),
            task=kind,
            classes=_listed(ask("Its classes, with commas between", classes, "first,second"))
            if kind == "multiclass"
            else (),
            positive_class=ask("The class that is looked for", positive_class, "1") if kind == "binary" else "",
            segments=_listed(ask("Slice the metrics by (keys, with commas; empty: none)", segments, "")),
            features=_listed(ask("Watch features for drift (names, with commas; empty: none)", features, "")),
            objectives=_objectives(objective, kind, ask),
            outcomes=ask("Files of outcomes", outcomes, "feed/outcomes-*.jsonl") if joined else "",
            predictions="" if joined else ask("Files of predictions", predictions, "feed/predictions-*.jsonl"),
            labels="" if joined else ask("Files of labels", labels, "feed/labels-*.jsonl"),
            label_horizon=ask("The longest that the truth takes to come", label_horizon, "30d"),
            receivers=_receivers([*(notify or ()), *([f"slack={slack}"] if slack else ())], slack, ask),
        )
        _write(file, starting_file(answers, file.name), force=force)
        typer.echo(f"{file} is written. Next: ml-exporter check {file}")


Ask = Callable[[str, str | None, str], str]
"""From a question, what an option says, and what is usual, to the answer."""


def _asking(on_terminal: bool) -> Ask:
    def ask(question: str, said: str | None, usual: str) -> str:
        if said is not None:
            return said
        return str(typer.prompt(question, default=usual, show_default=bool(usual))) if on_terminal else usual

    return ask


def _asked_task(said: str | None, ask: Ask) -> str:
    choice = ", ".join(get_args(TaskName))
    while (task := ask(f"Task ({choice})", said, "binary")) not in get_args(TaskName):
        typer.echo(f"{task} is no task; choose from {choice}")
    return task


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _objectives(said: Sequence[str] | None, task: str, ask: Ask) -> dict[str, float]:
    """Read objectives written as METRIC=VALUE."""
    usual = ",".join(f"{metric}={value:g}" for metric, value in _OBJECTIVES.get(task, {}).items())
    texts = _listed(ask("Objectives (METRIC=VALUE, with commas; empty: none)", ",".join(said) if said else None, usual))
    found: dict[str, float] = {}
    for text in texts:
        metric, equals, value = text.partition("=")
        try:
            found[metric.strip()] = float(value)
        except ValueError:
            fail(f"--objective {text}: {'the value is no number' if equals else 'has no value'}; write accuracy=0.9")
    return found


def _receivers(said: Sequence[str], slack: str | None, ask: Ask) -> dict[str, str]:
    """Read receivers written as KIND or KIND=WHERE."""
    nobody = slack == ""  # said to be none
    given = ",".join(said) if said or nobody else None
    question = f"Who hears of alerts ({_KINDS_OF_RECEIVERS}; with commas; empty: nobody)"
    found: dict[str, str] = {}
    for text in _listed(ask(question, given, "")):
        kind, _, where = ("slack", "", text) if text.startswith("#") else text.partition("=")
        if kind.strip() not in STARTING:
            fail(f"--notify {text}: {kind.strip()} is no kind of receiver; choose from {', '.join(STARTING)}")
        if where and not STARTING[kind.strip()].wants:
            fail(f"--notify {text}: {kind.strip()} takes nothing here; what it needs stands in a file of secrets/")
        found[kind.strip()] = where.strip()
    return found


def _write(file: Path, text: str, *, force: bool) -> None:
    """Write the file and the schema beside it, if the text is a valid configuration; otherwise write nothing."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "monitoring.yml"
        draft.write_text(text, encoding="utf-8")
        read_configuration(draft, called=f"{file} is not written, since it would not be valid")
    schema = file.parent / SCHEMA_FILE
    try:
        with file.open("w" if force else "x", encoding="utf-8") as opened:
            opened.write(text)
        if force or not schema.exists():
            schema.write_text(json.dumps(json_schema(plug_in_kinds()), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"{error.filename} cannot be written ({error.strerror}); make its folder writable, or name another file")
