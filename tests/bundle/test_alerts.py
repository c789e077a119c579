"""Every alert is proven, described and linked: a case that fires, one that does not, an outage, a page, a line."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from ml_exporter.bundle import alerts_about_models
from ml_exporter.bundle.alerts import Case, alert_groups
from ml_exporter.bundle.alerts.choice import chosen
from ml_exporter.bundle.alerts.escalation import NAME as ESCALATED
from ml_exporter.bundle.alerts.exporter import WATCHDOG
from ml_exporter.pipeline import load_configuration
from tests.bundle.configurations import EXAMPLES
from tests.bundle.conftest import Bundle
from tests.bundle.expressions import problems

_DOCS = EXAMPLES.parent / "docs"
_SECTIONS = ("## Meaning", "## Impact", "## First look", "## Remedies")
_NAMES = sorted(name for group in alert_groups() for name in group.meaning)


_BY_INSTANCE = ("MLHost", "MLGPU", "MLModelMemory", "MLCollector", "MLConfig", "MLWebConfig")
"""How the alerts begin that are about a machine or an exporter, each told for itself."""

_ABOUT_EXPORTERS = {"exporter", "collectors", "configuration", "web-configuration"}
_ABOUT_EVENTS = frozenset(
    name
    for group in alert_groups()
    if group.area != "resources"
    and group.topic
    not in _ABOUT_EXPORTERS | {"feeds", "feed-losses", "alerting", "escalation"}  # not about a model's events
    for name in group.meaning
)


def _cases(bundle: Bundle, alert: str) -> list[Case]:
    return [case for case in bundle.cases if case.alert == alert]


def _own(bundle: Bundle) -> set[str]:
    return {rule.name for rule in bundle.monitoring.alerting.rules}


def _made(bundle: Bundle, name: str) -> bool:
    return any(alert.name == name for alert in bundle.alerts)


def test_the_documented_alerts_are_those_that_are_made(hostile: Bundle, bundle: Bundle) -> None:
    assert sorted({alert.name for alert in hostile.alerts} - _own(hostile)) == _NAMES
    assert {alert.name for alert in bundle.alerts} - _own(bundle) <= set(_NAMES)


@pytest.mark.parametrize("name", _NAMES)
def test_every_alert_has_a_case_that_fires(bundle: Bundle, name: str) -> None:
    assert any(case.expected and not case.outage for case in _cases(bundle, name)) == _made(bundle, name)


@pytest.mark.parametrize("name", [name for name in _NAMES if name != WATCHDOG])  # it fires in every case
def test_every_alert_has_a_case_that_does_not_fire(bundle: Bundle, name: str) -> None:
    assert any(not case.expected for case in _cases(bundle, name)) == _made(bundle, name)


@pytest.mark.parametrize("name", _NAMES)
def test_every_alert_has_an_outage_that_does_not_resolve_it(bundle: Bundle, name: str) -> None:
    outages = [case for case in _cases(bundle, name) if case.outage]
    assert bool(outages) == _made(bundle, name)
    for case in outages:
        assert case.expected
        assert any(values.endswith("stale") for values in case.series.values())


@pytest.mark.parametrize("name", _NAMES)
def test_the_cases_that_fire_expect_every_rule_of_the_alert(bundle: Bundle, name: str) -> None:
    rules = [alert for alert in bundle.alerts if alert.name == name]
    for case in _cases(bundle, name):
        assert len(case.expected) in (0, len(rules))


def test_the_names_of_cases_are_distinct(bundle: Bundle) -> None:
    for name in _NAMES:
        names = [case.name for case in _cases(bundle, name)]
        assert len(names) == len(set(names))


def test_every_case_is_written_into_a_test_file(bundle: Bundle) -> None:
    tests = [test for file in bundle.test_files for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]]
    cases = bundle.cases
    assert sorted(test["name"] for test in tests) == sorted(f"{case.alert}: {case.name}" for case in cases)


@pytest.mark.parametrize("name", _NAMES)
def test_every_alert_has_a_runbook_for_somebody_woken_at_night(name: str) -> None:
    page = (_DOCS / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    places = [page.index(f"\n{section}\n") for section in _SECTIONS]
    assert places == sorted(places)
    first_look = page[places[2] : places[3]]
    assert "```promql" in first_look
    assert "```sh" in page
    assert "TODO" not in page


@pytest.mark.parametrize("name", _NAMES)
def test_every_query_of_a_runbook_can_be_pasted_and_names_what_there_is(name: str) -> None:
    page = (_DOCS / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    queries = re.findall(r"```promql\n(.+?)\n```", page, flags=re.DOTALL)
    assert {query: problems(query) for query in queries if problems(query)} == {}


def test_there_is_no_runbook_of_an_alert_that_does_not_exist() -> None:
    assert sorted(page.stem for page in (_DOCS / "runbooks").glob("*.md") if page.name != "README.md") == _NAMES


@pytest.mark.parametrize("name", _NAMES)
def test_every_alert_has_a_line_in_the_documentation(name: str) -> None:
    page = (_DOCS / "alerts.md").read_text(encoding="utf-8")
    assert page.count(f"| `{name}` |") == 1
    assert f"(runbooks/{name}.md)" in page


def test_every_alert_says_what_where_and_what_to_do(bundle: Bundle) -> None:
    runbooks = bundle.monitoring.alerting.links.runbooks.rstrip("/")
    made = [json.loads(file.read_text(encoding="utf-8")) for file in bundle.dashboard_files]
    dashboards = {one["uid"]: {variable["name"] for variable in one["templating"]["list"]} for one in made}
    for alert in bundle.alerts:
        annotations = alert.annotations
        page = "README" if alert.name in _own(bundle) else alert.name
        assert annotations["runbook_url"] == f"{runbooks}/{page}.md"
        assert annotations["summary"]
        assert annotations["description"].endswith(".")
        if alert.name != WATCHDOG:
            assert annotations["value"]
            assert annotations["threshold"]
            link = urlsplit(annotations["dashboard_url"])
            variables = dashboards[link.path.rpartition("/d/")[2]]
            assert set(parse_qs(link.query)) <= {f"var-{name}" for name in variables}
            about = parse_qs(link.query).get("var-model_name", [""])[0]
            if alert.name in alerts_about_models() | _own(bundle):
                assert about in {model.name for model in bundle.monitoring.models} or alert.name == ESCALATED
            else:
                assert not about, "what is about no model leads to none"


def test_every_alert_about_a_models_events_says_how_many_the_value_rests_on(bundle: Bundle) -> None:
    for alert in bundle.alerts:
        if alert.name in _ABOUT_EVENTS:
            assert alert.annotations["events"], alert.name


def test_only_a_degraded_model_and_a_dead_exporter_page_by_default() -> None:
    """All other alerts warn or inform, unless an objective or the configuration raises them."""
    monitoring = load_configuration(EXAMPLES / "features.yml")
    paging = {
        alert.name
        for group in alert_groups()
        for alert in chosen(group, monitoring)[0]
        if alert.labels["severity"] == "critical"
    }
    assert paging == {"MLModelDegraded", "MLExporterDown", "MLExporterStalled"}


def test_every_alert_but_the_watchdog_has_patience_and_survives_a_lost_sample(bundle: Bundle) -> None:
    timing = bundle.monitoring.alerting.timing
    for alert in bundle.alerts:
        if alert.name != WATCHDOG:
            # what escalates has been firing for long already
            assert alert.for_ == (None if alert.name == ESCALATED else str(timing.for_))
            assert alert.keep_firing_for is not None


def test_no_value_and_no_instance_stands_in_a_label(bundle: Bundle) -> None:
    for alert in bundle.alerts:
        known = {"severity", "model_name", "metric", "feed", "events", "team", "owner", "tier", "span"}
        assert set(alert.labels) <= known
        assert not any("$" in value for name, value in alert.labels.items() if name != "model_name")
        machine = alert.name.startswith(_BY_INSTANCE)
        merged = ("without (pod)",) if machine else ("without (instance, pod", "version:ml_", "absent(", "vector(")
        assert any(part in alert.expression for part in merged)


def test_by_default_production_waits_five_minutes_and_keeps_quality_alerts_for_fifteen() -> None:
    text = (EXAMPLES.parent / "prometheus" / "rules" / "objectives.yml").read_text(encoding="utf-8")
    assert text.count("for: 5m\n") == text.count("keep_firing_for: 15m\n") == text.count("- alert: ") > 0


def test_the_rules_of_many_objectives_of_one_severity_differ_in_their_labels(hostile: Bundle) -> None:
    file: Path = hostile.folder / "prometheus" / "rules" / "objectives.yml"
    rules = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"][0]["rules"]
    labels = [tuple(sorted(rule["labels"].items())) for rule in rules]
    assert len(set(labels)) == len(labels)


def test_the_alerts_of_a_model_name_its_team_and_its_owner() -> None:
    monitoring = load_configuration(EXAMPLES / "monitoring.yml")
    model = monitoring.models[0].model_copy(update={"team": "risk", "owner": "jane"})
    owned = monitoring.model_copy(update={"models": [model]})
    for group in alert_groups():
        alerts, cases = chosen(group, owned)
        for labels in (*(one.labels for one in alerts), *(one.labels for case in cases for one in case.expected)):
            whose = (labels.get("team"), labels.get("owner"))
            assert whose == (("risk", "jane") if "model_name" in labels else (None, None))
