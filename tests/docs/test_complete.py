"""Nothing that a user can meet is left out: metrics, options, alerts, commands, fields, reasons."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from docs_pages.commands import commands
from typer.main import get_command

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.cli import build
from ml_exporter.client import Recorder
from ml_exporter.client.prometheus import RecorderCollector
from ml_exporter.config import Section
from ml_exporter.config.feed import FIELDS
from ml_exporter.feeds import Reason
from ml_exporter.pipeline import plug_in_kinds
from tests.docs.pages import DOCS, Page, name_of, page, pages

_PAGES = list(pages())


def _cells(name: str, column: int) -> set[str]:
    """Return what stands in a column of the tables of a page, as code."""
    rows = [line.split(" | ") for line in page(name).text.splitlines() if line.startswith("| ")]
    return {found for row in rows if len(row) > column for found in re.findall(r"`([^`]+)`", row[column])}


def test_every_family_of_metrics_is_documented() -> None:
    assert {family.name for family in catalogue.families()} <= _cells("metrics.md", 0)


def test_every_metric_id_is_documented_with_its_formula() -> None:
    text = page("metrics.md").text
    for metric in catalogue.metrics():
        assert f"| `{metric.id}` | `{metric.family.name}` |" in text
        assert f"| `{metric.id}` | " in text.partition("## What a metric says")[2]


def test_every_label_is_documented() -> None:
    assert {label for family in catalogue.families() for label in family.labels} <= _cells("metrics.md", 2)


@pytest.mark.parametrize("group", alert_groups(), ids=lambda group: group.topic)
def test_every_alert_is_documented_and_has_a_runbook(group: Any) -> None:
    for name, meaning in group.meaning.items():
        assert name in _cells("alerts.md", 0)
        assert " ".join(meaning.split()) in page("alerts.md").text
        assert page(f"runbooks/{name}.md").text.startswith(f"# {name}\n")


def test_every_runbook_belongs_to_an_alert() -> None:
    alerts = {name for group in alert_groups() for name in group.meaning}
    assert {path.stem for path in (DOCS / "runbooks").glob("*.md")} - {"README", "index"} <= alerts


@pytest.mark.parametrize(("name", "command"), list(commands(get_command(build()), "ml-exporter")), ids=str)
def test_every_command_is_documented_with_its_options(name: str, command: Any) -> None:
    chapter = page("commands.md").text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    assert chapter
    for parameter in command.params:
        for option in parameter.opts:
            assert f"`{option if option.startswith('-') else parameter.metavar or option.upper()}`" in chapter


def _every_option() -> Iterator[str]:
    kinds = plug_in_kinds()
    plugged = [*kinds.feeds.values(), *kinds.receivers.values(), *kinds.collectors.values()]
    for section in {*_below(Section), *plugged}:
        for name, field in section.model_fields.items():
            if section.__name__ != "ReceiverSettings":  # its fields are no keys of the file
                yield field.alias or name


def _below(section: type[Section]) -> set[type[Section]]:
    direct = {one for one in section.__subclasses__() if one.__module__.startswith("ml_exporter.")}
    return direct | {one for known in direct for one in _below(known)}


def test_every_option_of_the_configuration_is_documented() -> None:
    documented = {option.rpartition(".")[2] for option in _cells("configuration.md", 0)}
    assert set(_every_option()) <= documented


def test_every_option_says_what_it_does() -> None:
    rows = [line for line in page("configuration.md").text.splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.rstrip(" |").count(" | ") < 3] == []


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_of_a_rejection_is_documented_where_the_metric_is(reason: str) -> None:
    chapter = page("feeds.md").text.partition("## What is rejected")[2].partition("\n## ")[0]
    assert f"| `{reason}` | " in chapter
    assert "ml_exporter_feed_rejected_total" in chapter


@pytest.mark.parametrize("events", sorted(FIELDS))
def test_every_field_of_events_is_documented(events: str) -> None:
    assert set(FIELDS[events]) <= _cells("feeds.md", 0)


@pytest.mark.parametrize("kind", sorted(plug_in_kinds().feeds))
def test_every_kind_of_feed_is_documented(kind: str) -> None:
    assert f"## feeds[] of kind {kind}\n" in page("configuration.md").text


def _of_the_client() -> set[str]:
    """Return the families that a service shows of its recorder."""
    with Recorder() as recorder:
        shown = list(RecorderCollector(recorder).collect())
    return {f"{one.name}_total" if one.type == "counter" else one.name for one in shown}


@pytest.mark.parametrize("one", _PAGES, ids=name_of)
def test_every_metric_that_a_page_names_exists(one: Page) -> None:
    known = {family.name for family in catalogue.families()} | _of_the_client()
    for name in re.findall(r"(?<![\w:.])ml_[a-z0-9_]+\b(?!\.?\*)", one.text):
        stem = re.sub(r"_(bucket|sum|count)$", "", name)
        assert known & {name, stem} or name == "ml_exporter", f"{name} is no metric"
