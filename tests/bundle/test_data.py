"""Every query of the dashboards and of the rules finds data in a real Prometheus, or is known to find none."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from ml_exporter import catalogue
from ml_exporter.catalogue import configuration, http
from tests.bundle import expressions
from tests.bundle.expressions import filled
from tests.bundle.served import Server

_FRAUD = {"$model_name": "fraud_detection"}
_PURCHASE = {"$model_name": "purchase", "$segment_key": "channel", "$feature": "basket"}
_TICKETS = {"$model_name": "ticket_routing", "$other_version": "v1", "$slice_metric": "accuracy"}
_DELIVERY = {
    "$model_name": "delivery_time",
    "$other_version": "v1",
    "$slice_metric": "mean_absolute_error",
    "$feature": "distance",
}
_RANKING = {"$model_name": "product_ranking", "$other_version": "v1", "$slice_metric": "ndcg_10"}

_CHOICES: Mapping[str, Sequence[Mapping[str, str]]] = {
    "model-quality": (_FRAUD, _TICKETS, _PURCHASE),
    "regression-quality": (_DELIVERY,),
    "ranking-quality": (_RANKING,),
    "business": (_PURCHASE, _FRAUD),
    "comparison": (_PURCHASE, _TICKETS, _DELIVERY, _RANKING),
    "degradation": (_FRAUD, {**_DELIVERY, "$metric": "mean_absolute_error"}),
    "drift": (_FRAUD, {**_FRAUD, "$feature": "device"}, _DELIVERY),
    "fleet-overview": ({"$model_name": ".+"},),
    "monitoring-itself": ({},),
    "segments": (_FRAUD,),
    "serving": (_PURCHASE,),
}
"""Dashboard to what is chosen on it: each query finds data of one choice at least."""

_EMPTY_PANELS: Mapping[tuple[str, str], str] = {
    ("ranking-quality", "Alerts about this model"): "this model stays well",
    ("degradation", "If the trend goes on"): "a trend is one of days, and the history is hours long",
}
"""Panels that legitimately show nothing, and why."""

_EMPTY_QUERIES: Mapping[str, str] = {
    "ml_objective{": "the metric has no objective",
    "ml_exporter_feed_lag_events{": "files do not tell how many events they hold",
    'status!="success"': "no request of this model has failed",
    "ml_trend_per_day{": "a trend is one of days, and the history is hours long",
    "ml_objective_crossing_timestamp_seconds{": "the same",
}
"""What stands in queries that legitimately find nothing while the panel's others do, and why."""

_ABSENT_FAMILIES: Mapping[str, str] = {
    "ml_trend_per_day": "the history is short, and a trend is one of days",
    "ml_objective_crossing_timestamp_seconds": "nothing moves towards its objective",
    **dict.fromkeys(
        (family.name for area in (configuration, http) for family in area.FAMILIES),
        "the engine is ticked without a server",
    ),
}
"""Families that rules look at and that legitimately have no series, and why."""

_EMPTY_LOOKUPS: Mapping[str, str] = {
    "ml_baseline_mean{": "a baseline needs a thousand events, and not every kind of them is so frequent",
    "ml_change_ratio{": "there is no baseline to compare with",
    'model_name="ticket_routing"': "it gets no labels any more",
    'ml_prediction_drift_p_value{job="ml-exporter",model_name="product_ranking"': "rankings have no distribution",
    'feature="v1"': "what stands for every label of an alert is no feature",
    **_ABSENT_FAMILIES,
}
"""What stands in lookups of annotations that legitimately find nothing, and why."""


_FAMILIES = {family.name for family in catalogue.families()}
"""Those of the exporter: no rule is evaluated here, and neither server is scraped."""


def boards(server: Server) -> dict[str, dict[str, Any]]:
    """Return the dashboards by name."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in server.bundle.dashboard_files}


def asked(server: Server) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield every query with its dashboard and its panel, as each choice fills it in."""
    for name, board in boards(server).items():
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                yield name, panel["title"], [filled(target["expr"], chosen) for chosen in _CHOICES[name]]


def finds_any(server: Server, expressions: Sequence[str]) -> bool:
    """Tell whether one of several expressions has a result."""
    return any(map(server.finds, expressions))


@pytest.fixture(scope="module")
def empty(server: Server) -> list[tuple[str, str, Sequence[str]]]:
    """Return the queries that find nothing."""
    return [query for query in asked(server) if not finds_any(server, query[2])]


def test_every_panel_shows_data_but_those_that_are_known_to_show_none(
    server: Server, empty: list[tuple[str, str, Sequence[str]]]
) -> None:
    shown = {query[:2] for query in asked(server) if query not in empty}
    assert {query[:2] for query in empty} - shown == set(_EMPTY_PANELS)


def test_every_query_finds_data_but_those_that_are_known_to_find_none(
    empty: list[tuple[str, str, Sequence[str]]],
) -> None:
    unknown = [query for query in empty if query[:2] not in _EMPTY_PANELS]
    assert [query for query in unknown if not any(piece in query[2][0] for piece in _EMPTY_QUERIES)] == []


def test_every_query_that_is_known_to_find_nothing_is_met(empty: list[tuple[str, str, Sequence[str]]]) -> None:
    assert [piece for piece in _EMPTY_QUERIES if not any(piece in query[2][0] for query in empty)] == []


def test_every_variable_has_values_and_every_annotation_finds_data(server: Server) -> None:
    for name, board in boards(server).items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                inner = variable["query"].removeprefix("label_values(").rpartition(",")[0]
                assert finds_any(server, [filled(inner, chosen) for chosen in _CHOICES[name]]), (name, variable["name"])
        for entry in board["annotations"]["list"]:
            if entry["name"] != "Alerts" or name != "ranking-quality":  # its model stays well
                asked = [filled(entry["expr"], chosen) for chosen in _CHOICES[name]]
                # every version was new at the first scrape, and none has come since then
                assert any(server.finds(one, at=at) for one in asked for at in (server.end, server.begin)), (
                    name,
                    entry,
                )


def test_all_that_annotations_look_up_is_there(server: Server) -> None:
    asked = [
        expression
        for file in server.bundle.rule_files
        for expression in expressions.of_rules(file)
        if expression.startswith(("max(", "sum(")) and expressions.named(expression).families <= _FAMILIES
    ]
    empty = [expression for expression in asked if not server.finds(expression)]
    assert [one for one in empty if not any(piece in one for piece in _EMPTY_LOOKUPS)] == []
    assert len(empty) < len(asked) / 3


def test_every_family_that_a_rule_looks_at_is_there(server: Server) -> None:
    for file in server.bundle.rule_files:
        for expression in expressions.of_rules(file):
            for family in expressions.named(expression).families & _FAMILIES - _ABSENT_FAMILIES.keys():
                assert server.finds(f'{family}{{job="ml-exporter"}}'), family
