"""Every query of the dashboard and of the rules finds data in a real Prometheus, or is known to find none."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ml_exporter import catalogue
from ml_exporter.catalogue import collectors, configuration, gpu, host, http, process
from tests.bundle import expressions
from tests.bundle.conftest import Bundle, made
from tests.bundle.expressions import filled
from tests.bundle.history import write_blocks
from tests.stack.servers import prometheus

_EMPTY_PANELS = {"Alerts about this model": "no rule is evaluated here, so no alert fires"}
"""Panels that legitimately show nothing, and why."""

_ABSENT_FAMILIES = {
    "ml_trend_per_day": "the history is minutes long, and a trend is one of days",
    "ml_objective_crossing_timestamp_seconds": "nothing moves towards its objective",
    **dict.fromkeys(
        (family.name for area in (collectors, configuration, host, gpu, http, process) for family in area.FAMILIES),
        "the engine is ticked without collectors",
    ),
}
"""Families that rules look at and that legitimately have no series, and why."""


_FAMILIES = {family.name for family in catalogue.families()}
"""Those of the exporter: no rule is evaluated here, and neither server is scraped."""


@dataclass(frozen=True)
class Server:
    """A Prometheus with the history of the example."""

    address: str
    end: int
    bundle: Bundle

    def finds(self, expression: str) -> bool:
        """Tell whether an expression has a result at the end of the history that is a number."""
        query = urllib.parse.urlencode({"query": expression, "time": self.end})
        url = f"{self.address}/api/v1/query?{query}"
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - loopback
            result = json.load(response)["data"]["result"]
        return any(series["value"][1] != "NaN" for series in result)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    bundle = made(tmp_path_factory.mktemp("data"), "monitoring")
    end = int(time.time()) // 15 * 15  # the server forgets what is older than its retention
    write_blocks(bundle.monitoring, bundle.folder / "server" / "tsdb", end)
    (bundle.folder / "empty.yml").write_text("global: {}\n", encoding="utf-8")
    with prometheus(bundle.folder / "empty.yml", bundle.folder / "server") as address:
        yield Server(address, end, bundle)


def _panels(server: Server) -> list[dict[str, Any]]:
    (board,) = (json.loads(file.read_text(encoding="utf-8")) for file in server.bundle.dashboard_files)
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def test_every_panel_shows_data(server: Server) -> None:
    empty = [
        panel["title"]
        for panel in _panels(server)
        if not any(server.finds(filled(target["expr"])) for target in panel["targets"])
    ]
    assert empty == list(_EMPTY_PANELS)


def test_every_query_finds_data_but_those_for_objectives_that_are_not_set(server: Server) -> None:
    asked = [
        (panel["title"], filled(target["expr"]))
        for panel in _panels(server)
        for target in panel["targets"]
        if panel["title"] not in _EMPTY_PANELS
    ]
    empty = [expression for _, expression in asked if not server.finds(expression)]
    (model,) = server.bundle.monitoring.models
    for expression in empty:
        assert expression.startswith("max by (model_version) (ml_objective{")
        assert not any(f'metric="{metric}"' in expression for metric in model.objectives)
    assert len(empty) < len(asked) / 10


def test_every_variable_has_values_and_every_annotation_but_the_alerts_finds_data(server: Server) -> None:
    (board,) = (json.loads(file.read_text(encoding="utf-8")) for file in server.bundle.dashboard_files)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            inner = variable["query"].removeprefix("label_values(").rpartition(",")[0]
            assert server.finds(filled(inner)), variable["name"]
    versions = next(entry for entry in board["annotations"]["list"] if entry["name"] == "New versions")
    assert server.finds(filled(versions["expr"]))


def test_all_that_annotations_look_up_is_there(server: Server) -> None:
    for file in server.bundle.rule_files:
        for expression in expressions.of_rules(file):
            absent = expressions.named(expression).families & _ABSENT_FAMILIES.keys()
            recorded = expressions.named(expression).families - _FAMILIES
            if expression.startswith(("max(", "sum(")) and not absent and not recorded:
                assert server.finds(expression), expression


def test_every_family_that_a_rule_looks_at_is_there(server: Server) -> None:
    for file in server.bundle.rule_files:
        for expression in expressions.of_rules(file):
            for family in expressions.named(expression).families & _FAMILIES - _ABSENT_FAMILIES.keys():
                assert server.finds(f'{family}{{job="ml-exporter"}}'), family
