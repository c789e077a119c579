"""A model named ``"}{{ .x }}<script>`` through the whole product: it stays a name everywhere, and makes nothing."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.bundle import expressions
from tests.cli.commands import run
from tests.server.exporter import exporter
from tests.stack.servers import amtool, promtool
from tests.stack.waiting import eventually

NAME = '"}{{ .x }}<script>'
VERSION = f"{NAME}[/red]\x1b[31m\n# EOF\n- v1"
"""The version comes with the events: whoever writes those may choose it."""

_OBJECTIVE = {"accuracy": {"threshold": 0.9, "minimum_outcomes": 1}}
_CONFIGURATION = {
    "models": [
        {
            "name": NAME,
            "task": "multiclass",
            "classes": [NAME, "b"],
            "segments": [NAME],
            "features": [NAME],
            "objectives": _OBJECTIVE,
        }
    ],
    "feeds": [
        {"name": kind, "kind": "file", "path": f"{kind}.jsonl", "events": kind, "models": [NAME]}
        for kind in ("predictions", "labels")
    ],
    "server": {"listen": ["127.0.0.1:0"]},
    "tick": "1s",
    "alerting": {
        "receivers": [
            {"name": "team", "slack": {"url_file": "secret", "channel": "#ml"}},
            {"name": "pager", "pagerduty": {"routing_key_file": "secret"}},
            {"name": "teams", "teams": {"url_file": "secret"}},
            {"name": "opsgenie", "opsgenie": {"key_file": "secret"}},
            {"name": "mail", "email": {"to": ["a@b.example"], "sender": "c@b.example", "server": "127.0.0.1:9"}},
            {"name": "hook", "webhook": {"url_file": "secret"}},
        ],
        "routes": {"critical": ["team", "pager", "opsgenie"], "warning": ["teams", "mail", "hook"]},
    },
}


@dataclass(frozen=True)
class Told:
    """What a running exporter said."""

    text: str
    openmetrics: str
    page: str
    verdicts: str
    log: str
    dead_letters: str


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "secret").write_text("http://127.0.0.1:9/not-used", encoding="utf-8")
    (folder / "monitoring.yml").write_text(yaml.safe_dump(_CONFIGURATION), encoding="utf-8")
    return folder


@pytest.fixture(name="told", scope="module")
def _told(folder: Path) -> Iterator[Told]:
    made = {"model_name": NAME, "model_version": VERSION, "timestamp": time.time(), "trace_id": NAME}
    said = {"prediction": NAME, "segment": {NAME: NAME}, "features": {NAME: NAME}, "latency_seconds": 0.2}
    predictions = [{"prediction_id": f"{NAME}{row}", **made, **said} for row in range(20)]
    predictions.append(made | {"prediction_id": NAME, "prediction": f"{NAME}\x1b[31m"})
    labels = [{"prediction_id": f"{NAME}{row}", "timestamp": time.time(), "actual": "b"} for row in range(20)]
    for kind, events in (("predictions", predictions), ("labels", labels)):
        (folder / f"{kind}.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    with exporter(folder / "monitoring.yml") as running, httpx.Client(base_url=running.url, timeout=30) as client:
        eventually(lambda: "ml_objective_breached{" in client.get("/metrics").text, "the outcomes are judged")
        accept = {"Accept": "application/openmetrics-text;version=1.0.0"}
        answers = [client.get("/metrics"), client.get("/metrics", headers=accept), client.get("/")]
        verdicts = client.get("/api/v1/verdicts")
        assert {answer.status_code for answer in (*answers, verdicts)} == {200}
        assert running.end() == 0
        dead = (folder / "data" / "dead-letter" / "predictions.jsonl").read_text(encoding="utf-8")
        yield Told(*(answer.text for answer in answers), verdicts.text, running.log, dead)


def test_both_expositions_hold_it_as_a_label_and_promtool_finds_nothing_to_say(told: Told) -> None:
    for families in (list(read_text(told.text)), list(read_openmetrics(told.openmetrics))):
        samples = [sample for family in families for sample in family.samples]
        assert {sample.labels["model_name"] for sample in samples if "model_name" in sample.labels} == {NAME}
        assert {sample.labels["model_version"] for sample in samples if "model_version" in sample.labels} == {VERSION}
        for label in ("segment_key", "segment_value", "feature"):
            assert NAME in {sample.labels[label] for sample in samples if label in sample.labels}, label
    checked = subprocess.run(
        [promtool(), "check", "metrics"], input=told.text, text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


class _Page(HTMLParser):
    """Notes what could do something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.words = ""
        self._within_script = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") or (value or "").startswith("javascript:") for name, value in attrs)
        self._within_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._within_script &= tag != "script"

    def handle_data(self, data: str) -> None:
        if self._within_script:
            self.scripts.append(data)
        else:
            self.words += data


def test_the_page_shows_it_and_runs_nothing_of_it(told: Told) -> None:
    page = _Page(told.page)
    assert NAME in page.words
    assert not any(".x" in script for script in page.scripts)


def test_the_interface_for_programs_holds_it_in_json(told: Told) -> None:
    assert NAME in json.dumps(json.loads(told.verdicts), ensure_ascii=False).replace('\\"', '"')


def test_a_line_of_the_log_stays_a_line_that_a_terminal_can_show(told: Told) -> None:
    lines = told.log.removesuffix("\n").split("\n")
    assert any("rejected" in line for line in lines)
    for line in lines:
        assert line.startswith("timestamp=")
        assert line.isprintable()


def test_dead_letters_stay_one_object_a_line(told: Told) -> None:
    (letter,) = map(json.loads, told.dead_letters.splitlines())
    assert json.loads(letter["event"])["prediction"] == f"{NAME}\x1b[31m"


@pytest.mark.parametrize("command", [["check"], ["baseline", "show"], ["baseline", "show", "--history"]])
def test_commands_print_it_and_a_terminal_obeys_nothing(folder: Path, told: Told, command: list[str]) -> None:
    assert told
    ended = run(*command[:2], "monitoring.yml", *command[2:], folder=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.sub(r"[\n]", "", ended.stdout).isprintable()


@pytest.fixture(name="bundle", scope="module")
def _bundle(folder: Path) -> Path:
    made = run("bundle", "monitoring.yml", "--out", "made", folder=folder)
    assert (made.returncode, made.stderr) == (0, "")
    return folder / "made"


def _checked(*arguments: str | Path, folder: Path) -> None:
    done = subprocess.run([*map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_and_amtool_accept_the_bundle_and_its_tests_pass(bundle: Path) -> None:
    rules, tests = (sorted((bundle / "prometheus" / name).glob("*.yml")) for name in ("rules", "tests"))
    assert rules
    assert tests
    _checked(promtool(), "check", "config", "--lint=all", "--lint-fatal", "prometheus/prometheus.yml", folder=bundle)
    _checked(promtool(), "check", "rules", "--lint=all", "--lint-fatal", *rules, folder=bundle)
    _checked(promtool(), "test", "rules", *tests, folder=bundle)
    _checked(amtool(), "check-config", "alertmanager/alertmanager.yml", folder=bundle)


def test_every_expression_of_rules_and_dashboards_names_it_as_a_text_only(bundle: Path) -> None:
    found = [
        *(one for file in (bundle / "prometheus" / "rules").glob("*.yml") for one in expressions.of_rules(file)),
        *(one for file in (bundle / "grafana").rglob("*.json") for one in expressions.of_dashboard(file)),
    ]
    assert any(json.dumps(NAME) in expression for expression in found)
    assert {one: expressions.problems(one) for one in found if expressions.problems(one)} == {}


def test_alertmanagers_templates_print_it_and_escape_it_where_it_would_be_markup(bundle: Path) -> None:
    labels = {"alertname": "MLModelDegraded", "severity": "critical", "model_name": NAME, "model_version": VERSION}
    texts = ("summary", "description", "value", "threshold")
    alert = {"status": "firing", "labels": labels, "annotations": dict.fromkeys(texts, NAME)}
    data = {"status": "firing", "alerts": [alert], "commonLabels": labels, "externalURL": "http://127.0.0.1:9"}
    (bundle / "alert.json").write_text(json.dumps(data), encoding="utf-8")
    templates = sorted((bundle / "alertmanager" / "templates").glob("*.tmpl"))
    defined = [name for file in templates for name in re.findall(r'define "([^"]+)"', file.read_text(encoding="utf-8"))]
    printed = {name: _rendered(name, bundle, templates) for name in defined}
    assert printed["ml_exporter.model"] == NAME
    for name, text in printed.items():
        names = re.findall(r"script(?:\\?>|&gt;|%3e)", text, flags=re.IGNORECASE)
        assert len(names) == text.count(".x"), f"{name} executes it: {text}"
    for name in ("ml_exporter.slack.title", "ml_exporter.slack.text", "ml_exporter.email.html"):
        assert "<script>" not in printed[name]
        assert "&lt;script&gt;" in printed[name]


def _rendered(template: str, bundle: Path, files: list[Path]) -> str:
    """Return what a template prints of the alert, as amtool renders it."""
    kind = "html" if template.endswith(".html") else "text"
    command = [amtool(), "template", "render", "--template.data=alert.json", f"--template.type={kind}"]
    command += [f"--template.glob={file}" for file in files]
    command.append(f'--template.text={{{{ template "{template}" . }}}}')
    done = subprocess.run(command, cwd=bundle, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.removesuffix("\n")


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_no_text_may_hold_is_refused_at_the_door(tmp_path: Path, name: str) -> None:
    configuration = {**_CONFIGURATION, "models": [{"name": name, "task": "binary"}]}
    (tmp_path / "monitoring.yml").write_text(json.dumps(configuration), encoding="utf-8")
    ended = run("check", "monitoring.yml", folder=tmp_path)
    assert ended.returncode == 1
    assert "models[0].name: " in ended.stderr
    assert "holds a character that no text may have; remove it" in ended.stderr
    assert "Traceback" not in ended.stderr
