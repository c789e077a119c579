"""The conventions that every dashboard keeps."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bundle.conftest import Bundle
from tests.bundle.expressions import named

_VARIABLES = ["datasource", "job", "instance", "model_name", "model_version", "window"]
_OVERALL = ('job=~"$job"', 'instance=~"$instance"', 'model_name=~"$model_name"', 'model_version=~"$model_version"')


@pytest.fixture
def boards(bundle: Bundle) -> list[dict[str, Any]]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in bundle.dashboard_files]


def _panels(boards: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for board in boards:
        yield from (panel for panel in board["panels"] if panel["type"] != "row")


def test_dashboards_are_classic_json_with_a_fixed_uid_and_cannot_be_edited(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        assert board["schemaVersion"] == 42
        assert board["uid"] == "ml-model-quality"
        assert board["editable"] is False
        assert "ml-exporter" in board["tags"]
        assert board["title"]
        assert board["description"]


def test_links_between_dashboards_keep_variables_and_time_and_others_open_beside(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        among, *elsewhere = board["links"]
        assert (among["type"], among["includeVars"], among["keepTime"]) == ("dashboards", True, True)
        assert [link["title"] for link in elsewhere] == ["Alerts", "Runbooks"]
        assert all(link["targetBlank"] and link["url"].startswith("http") for link in elsewhere)


def test_the_variables_are_the_agreed_ones_and_follow_each_other(boards: list[dict[str, Any]]) -> None:
    for board in boards:
        variables = {variable["name"]: variable for variable in board["templating"]["list"]}
        assert [name for name in variables if name != "slice_metric"] == _VARIABLES
        assert variables["datasource"]["label"] == "Data source"
        for name in ("job", "instance"):
            assert (variables[name]["allValue"], variables[name]["multi"]) == (".+", True)
        for name in _VARIABLES[1:]:
            assert variables[name]["refresh"] == 2  # when the time range changes
            assert variables[name]["datasource"]["uid"] == "${datasource}"
        for name in _VARIABLES[2:]:
            assert 'job=~"$job"' in variables[name]["query"]
        assert 'model_name=~"$model_name"' in variables["model_version"]["query"]


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


def test_every_selector_follows_the_variables(boards: list[dict[str, Any]]) -> None:
    for panel in _panels(boards):
        for target in panel["targets"]:
            for family, matchers in re.findall(r"(ml_[a-z_${}]+)\{(.*?)\}", target["expr"].replace("${", "$")):
                wanted = _OVERALL[:2] if family.startswith("ml_exporter_") else _OVERALL
                assert all(matcher in matchers for matcher in wanted), (panel["title"], family)
            for matchers in re.findall(r"ALERTS\{(.*?)\}", target["expr"]):
                assert 'job=~"$job|"' in matchers
                assert 'model_name=~"$model_name"' in matchers


def test_a_gauge_of_a_window_follows_the_chosen_window(boards: list[dict[str, Any]]) -> None:
    for panel in _panels(boards):
        for target in panel["targets"]:
            expression = target["expr"].replace("${slice_metric}", "accuracy").replace("[$", "[1m] #")
            for family in re.findall(r"ml_[a-z_]+(?=\{)", expression):
                selectors = re.findall(rf"{family}\{{(.*?)\}}", target["expr"])
                if family.endswith(("_ratio", "_outcomes", "_requests")):
                    assert all('window=~"$window"' in matchers for matchers in selectors), (panel["title"], family)


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


def test_every_metric_with_an_interval_is_drawn_as_a_band_with_its_objective(boards: list[dict[str, Any]]) -> None:
    bands = [
        panel
        for panel in _panels(boards)
        if [target.get("legendFormat") for target in panel["targets"]][1:] == ["95 % from", "95 % to", "Objective"]
    ]
    assert len(bands) >= 6
    for panel in bands:
        value, lower, upper, objective = (target["expr"] for target in panel["targets"])
        (family,) = named(value.replace("$", "")).families
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


def test_rates_follow_the_resolution_or_the_window(boards: list[dict[str, Any]]) -> None:
    for panel in _panels(boards):
        for target in panel["targets"]:
            for span in re.findall(r"\[([^]]+)\]", target["expr"]):
                assert span in {"$__rate_interval", "$window"}, panel["title"]
