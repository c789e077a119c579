"""``ml-exporter doctor``."""

import time

import typer
from rich.console import Console

from ml_exporter import doctor as doctor_room
from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.doctor import Case, FeedSample, Finding
from ml_exporter.ledger import StoreError
from ml_exporter.tallies import ChangedMeaning, DamagedState


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def doctor(file: ConfigurationFile) -> None:
        """Say why a panel is empty: what keeps events from being read, joined, or shown.

        Looks at the ends of the feeds' files and into the store. It changes nothing, so it works beside a running
        exporter, and before the first run: `ml-exporter doctor monitoring.yml`. It finds

        - feeds that cannot be read or stand still, and events that cannot be used, by reason, with a sample of each

        - models and versions under names that nobody expects, clocks that disagree, times in other units

        - labels whose ids are none of predictions, with samples from both sides; where the ids differ in their form
        only (a prefix, upper and lower case, zeros in front, 12.0, whitespace, dashes of UUIDs), how many would match

        - windows without outcomes, and labels that come later than a window, or than label_horizon, waits for them

        Exits with 0 where it finds nothing, and with 1 where it finds something or cannot look.
        """
        monitoring = read_configuration(file)
        try:
            case = doctor_room.look(monitoring, file.resolve().parent, time.time())
        except (StoreError, DamagedState, ChangedMeaning) as error:
            fail(str(error))
        findings = doctor_room.examine(case)
        console = Console(highlight=False, soft_wrap=True)
        console.print(_looked_at(case), markup=False)
        for number, finding in enumerate(findings, start=1):
            _tell(console, number, finding)
        if findings:
            raise typer.Exit(1)
        console.print("Nothing found.", style="bold green")


def _looked_at(case: Case) -> str:
    feeds = ", ".join(f"{one.settings.name}: {_events_of(one)}" for one in case.feeds)
    store = "the store" if case.stored is not None else "no store yet: the exporter has not run"
    return f"Looked at {store}, and into each feed ({feeds})."


def _events_of(sample: FeedSample) -> str:
    if sample.from_its_beginning:
        return f"the first {sample.rows + len(sample.rejections):,} events"
    if sample.settings.kind == "file":
        return f"the newest {sample.rows:,} events in {sample.files:,} file{'s' * (sample.files != 1)}"
    return "nothing to look at"


def _tell(console: Console, number: int, finding: Finding) -> None:
    console.print(f"\n{number}. {_sentence(finding.what)}", style="bold", markup=False)
    for line in finding.evidence:
        console.print(f"   {line}", markup=False)
    console.print(f"   What to do: {finding.remedy}.", markup=False)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
