"""The conventions that every dashboard keeps."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ml_exporter import catalogue
from ml_exporter.bundle.alerts.links import dashboard
from ml_exporter.bundle.dashboards import dashboard_kinds
from ml_exporter.bundle.dashboards.quality.metrics import CLASSIFICATION, RANKING, REGRESSION
from ml_exporter.events import tasks
from tests.bundle.configurations import fleet
from tests.bundle.conftest import Bundle
from tests.bundle.expressions import filled, named

_CHOSEN = ("job", "instance", "model_name", "model_version", "window", "segment_key", "feature")
"""Labels that follow the variable of their name, wherever a dashboard has it."""

_FOLLOWED = {"model_version": ("$model_version", "$other_version", "$model_version|$other_version")}
"""What a label may follow where that is not just the variable of its name."""


@pytest.fixture
def boards(bundle: Bundle) -> list[dict[str, Any]]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in bundle.dashboard_files]


def _panels(boards: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for board in boards:
        yield from (panel for panel in board["panels"] if panel["type"] != "row")


def _variables(board: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def test_a_dashboard_is_made_where_the_configuration_has_something_for_it(bundle: Bundle) -> None:
    wanted = {f"{kind.name}.json" for kind in dashboard_kinds() if kind.fits(bundle.monitoring)}
    assert {file.name for file in bundle.dashboard_files} == wanted


def test_the_fleet_of_every_task_has_every_dashboard() -> None:
    assert all(kind.fits(fleet()) for kind in dashboard_kinds())


def test_alerts_lead_to_the_dashboard_of_their_models_task() -> None:
    uids = {kind.uid for kind in dashboard_kinds()}
    led = {model.task: dashboard(fleet(), model.name) for model in fleet().models}
    assert set(led) == set(tasks())
    for task, address in led.items():
        uid = address.partition("/d/")[2].partition("?")[0]
        assert uid in uids
        (kind,) = (kind for kind in dashboard_kinds() if kind.uid == uid)
        (shown,) = (shown for shown in (CLASSIFICATION, REGRESSION, RANKING) if task in shown.tasks)
        assert kind.fits == shown.fits


def test_dashboards_are_classic_json_with_a_uid_and_a_question_of_their_own_and_cannot_be_edited(
    boards: list[dict[str, Any]],
) -> None:
    for board in boards:
        assert board["schemaVersion"] == 42
        assert board["editable"] is False
        assert "ml-exporter" in board["tags"]
        assert board["description"].endswith("?")
    for name in ("uid", "title", "description"):
        assert len({board[name] for board in boards}) == len(boards)


def test_links_between_dashboards_keep_variables_and_time_and_others_open_beside(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        among, *elsewhere = board["links"]
        assert (among["type"], among["includeVars"], among["keepTime"]) == ("dashboards", True, True)
        assert [link["title"] for link in elsewhere] == ["Alerts", "Runbooks"]
        assert all(link["targetBlank"] and link["url"].startswith("http") for link in elsewhere)


def test_links_in_tables_lead_to_dashboards_and_take_time_and_variables_along(boards: list[dict[str, Any]]) -> None:
    uids = {board["uid"] for board in boards}
    links = [
        link
        for panel in _panels(boards)
        for entry in panel["fieldConfig"]["overrides"]
        for changed in entry["properties"]
        if changed["id"] == "links"
        for link in changed["value"]
    ]
    assert links
    for link in links:
        assert link["title"]
        assert re.match(r"/d/([a-z-]+)\?", link["url"])[1] in uids  # type: ignore[index]
        for kept in ("${__url_time_range}", "${datasource:queryparam}", "${job:queryparam}", "${instance:queryparam}"):
            assert kept in link["url"]
        assert "var-model_name=${__data.fields." in link["url"]


def test_variables_come_from_real_series_and_follow_each_other(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        variables = _variables(board)
        assert list(variables)[:3] == ["datasource", "job", "instance"]
        assert variables["datasource"]["label"] == "Data source"
        for name in ("job", "instance"):
            assert (variables[name]["allValue"], variables[name]["multi"]) == (".+", True)
        asked = [variable for variable in variables.values() if variable["type"] == "query"]
        for variable in asked:
            assert variable["refresh"] == 2  # when the time range changes
            assert variable["datasource"]["uid"] == "${datasource}"
        for variable in asked[1:]:
            assert 'job=~"$job"' in variable["query"]
        for name in ("model_version", "other_version", "segment_key", "feature"):
            assert name not in variables or 'model_name=~"$model_name"' in variables[name]["query"]


def test_every_panel_has_title_description_unit_thresholds_data_source_and_a_word_without_data(
    boards: list[dict[str, Any]],
) -> None:
    for panel in _panels(boards):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert defaults["unit"], panel["title"]
        assert defaults["thresholds"]["steps"], panel["title"]
        assert defaults["noValue"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["targets"], panel["title"]


def test_titles_are_told_apart_within_a_dashboard(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles), board["title"]


def test_every_selector_follows_each_variable_that_its_series_have_a_label_for(boards: list[dict[str, Any]]) -> None:
    labels = {family.name: family.labels for family in catalogue.families()}
    for board in boards:
        variables = set(_variables(board))
        for panel in _panels([board]):
            for target in panel["targets"]:
                for family, matchers in re.findall(r"\b((?:ml|up|scrape|ALERTS)\w*)\{(.*?)\}", target["expr"]):
                    known = labels.get(re.sub(r"_(bucket|sum|count)$", "", family), labels.get(family, ()))
                    for label in (name for name in _CHOSEN if name in ("job", "instance", *known)):
                        if family == "ALERTS":
                            assert 'job=~"$job|"' in matchers  # that of an exporter which is gone has none
                        elif label in variables:
                            wanted = [f'{label}=~"{text}"' for text in _FOLLOWED.get(label, (f"${label}",))]
                            assert any(text in matchers for text in wanted), (panel["title"], family)


def test_what_has_a_window_is_chosen_by_it(boards: list[dict[str, Any]]) -> None:
    windowed = {family.name for family in catalogue.families() if "window" in family.labels}
    for panel in _panels(boards):
        for target in panel["targets"]:
            for family, matchers in re.findall(r"\b(ml_\w+)\{(.*?)\}", target["expr"]):
                assert ("window=" in matchers) == (family in windowed), (panel["title"], family)


def test_panels_stand_on_the_grid_side_by_side_with_ids_of_their_own(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        ids = [panel["id"] for panel in board["panels"]]
        assert ids == list(range(1, len(ids) + 1))
        cells = [
            (x, y)
            for panel in board["panels"]
            for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
            for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        ]
        assert len(set(cells)) == len(cells)
        assert all(0 <= x < 24 for x, _ in cells)


def test_every_metric_with_an_interval_is_drawn_as_a_band_with_its_objective(bundle: Bundle) -> None:
    found = [json.loads(file.read_text(encoding="utf-8")) for file in bundle.dashboard_files]
    bands = [
        panel
        for panel in _panels(found)
        if [target.get("legendFormat") for target in panel["targets"]][1:] == ["95 % from", "95 % to", "Objective"]
    ]
    drawn = {
        metric.title
        for shown in (CLASSIFICATION, REGRESSION, RANKING)
        for metric in shown.drawn(bundle.monitoring)
        if metric.interval is not None
    }
    assert drawn
    assert {panel["title"] for panel in bands} == drawn
    for panel in bands:
        value, lower, upper, objective = (target["expr"] for target in panel["targets"])
        (family,) = named(filled(value)).families
        stem = family.removesuffix("_ratio")
        assert f"({stem}_lower_bound" in lower
        assert f"({stem}_upper_bound" in upper
        assert "ml_objective{" in objective
        fill = {
            entry["matcher"]["options"]: {item["id"]: item["value"] for item in entry["properties"]}
            for entry in panel["fieldConfig"]["overrides"]
        }
        assert fill["95 % to"]["custom.fillBelowTo"] == "95 % from"
        assert fill["Objective"]["custom.lineStyle"]["fill"] == "dash"


def test_curves_are_joined_in_the_order_of_numbers_along_their_first_field(boards: list[dict[str, Any]]) -> None:
    curves = [panel for panel in _panels(boards) if panel["type"] == "xychart"]
    for panel in curves:
        join, convert, sort, organize = panel["transformations"]
        point = join["options"]["byField"]
        assert point in {"threshold", "bin"}
        assert convert["options"]["conversions"] == [{"targetField": point, "destinationType": "number"}]
        assert sort["options"]["sort"] == [{"field": point}]
        assert min(organize["options"]["indexByName"].values()) == 0
        assert all(target["format"] == "table" and target["instant"] for target in panel["targets"])


def test_rates_follow_the_resolution_or_the_window(boards: list[dict[str, Any]]) -> None:
    for panel in _panels(boards):
        for target in panel["targets"]:
            for span in re.findall(r"\[([^]]+)\]", target["expr"]):
                assert span in {"$__rate_interval", "$window"}, panel["title"]
