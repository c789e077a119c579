"""What PromQL expressions name: families, labels they select by, and labels they aggregate or join by."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import promql_parser
import yaml

from ml_exporter import catalogue
from ml_exporter.bundle.recordings import recording_groups

TARGET_LABELS = frozenset({"job", "instance", "pod"})
"""Labels that a scrape adds."""

_OF_AN_ALERT = TARGET_LABELS | {
    *("alertname", "alertstate", "severity", "model_name", "model_version", "metric", "feed", "events"),
    *("team", "owner", "tier", "escalated"),
}

_FOREIGN = {
    "up": TARGET_LABELS,
    "scrape_duration_seconds": TARGET_LABELS,
    "ALERTS": _OF_AN_ALERT,
    "ALERTS_FOR_STATE": _OF_AN_ALERT,
}
"""Series that Prometheus makes itself."""

_SERVERS = {
    "prometheus_notifications_alertmanagers_discovered": set(),
    "prometheus_notifications_dropped_total": {"alertmanager"},
    "prometheus_notifications_errors_total": {"alertmanager"},
    "prometheus_notifications_queue_capacity": set(),
    "prometheus_notifications_queue_length": set(),
    "prometheus_rule_evaluation_failures_total": {"rule_group"},
    "prometheus_rule_group_interval_seconds": {"rule_group"},
    "prometheus_rule_group_last_duration_seconds": {"rule_group"},
    "alertmanager_notifications_failed_total": {"integration", "reason", "receiver_name"},
    "alertmanager_notifications_total": {"integration", "receiver_name"},
}
"""What Prometheus and Alertmanager show of themselves."""

_VARIES = {"SPAN": r"\d+\w+", "RANGE": r"\d+\w+", "FAMILY": r"ml_\w+"}
"""Words in the names of recordings that stand for what varies."""

VARIABLES = {
    "$__rate_interval": "1m",
    "$slice_metric": "accuracy",
    "$before": "1m",
    "$other_version": "v2",
    "$segment_key": "country",
    "$feature": "amount",
    "$metric": "accuracy",
    "$job": "ml-exporter",
    "$instance": "localhost:9877",
    "$model_name": "fraud_detection",
    "$model_version": "v1",
    "$window": "1h",
}
"""What stands for a dashboard's variables where it is parsed; longer names first."""


@dataclass
class Named:
    """What an expression names."""

    families: set[str] = field(default_factory=set)
    selected: dict[str, set[str]] = field(default_factory=dict)
    """Family to the labels that it is selected by."""

    grouped: set[str] = field(default_factory=set)
    """Labels of by, without, on, ignoring, group_left, and the source labels of label_join and label_replace."""

    made: set[str] = field(default_factory=set)
    """Labels that label_join and label_replace make."""


def named(expression: str) -> Named:
    """Parse an expression and tell what it names; raises where it does not parse."""
    found = Named()

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            assert node.name, f"a selector without a name: {expression}"
            found.families.add(node.name)
            matchers = {matcher.name for matcher in node.matchers.matchers}
            found.selected.setdefault(node.name, set()).update(matchers)
        modifier = getattr(node, "modifier", None)
        matching = getattr(modifier, "matching", modifier)
        found.grouped.update(getattr(matching, "labels", None) or ())
        found.grouped.update(getattr(modifier, "group_labels", None) or ())
        if isinstance(node, promql_parser.Call) and node.func.name in {"label_join", "label_replace"}:
            texts = [argument.val for argument in node.args if isinstance(argument, promql_parser.StringLiteral)]
            found.made.add(texts[0])
            found.grouped.update(texts[2:] if node.func.name == "label_join" else filter(None, [texts[2]]))
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def counters_of(expression: str) -> set[str]:
    """Return the families that an expression takes a rate or an increase of."""
    found: set[str] = set()

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.Call) and node.func.name in {"rate", "irate", "increase"}:
            found.update(named(str(node)).families)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def problems(expression: str, also: frozenset[str] = frozenset()) -> list[str]:
    """Tell what is wrong with an expression: its syntax, families that the product has not, labels they have not.

    Args:
        expression: PromQL.
        also: further series that it may name.
    """
    try:
        found = named(expression)
    except ValueError as error:
        return [str(error)]
    known = {name: TARGET_LABELS if name in also else _labels_of(name) for name in found.families}
    everywhere = found.made.union(*(labels or () for labels in known.values()))
    return [
        *(f"{name} is no family of the catalogue" for name, labels in known.items() if labels is None),
        *(
            f"{name} has no label {label}"
            for name, labels in found.selected.items()
            for label in sorted(labels - (known[name] or labels))
        ),
        *(f"no family here has a label {label}" for label in sorted(found.grouped - everywhere)),
    ]


def _labels_of(name: str) -> frozenset[str] | None:
    """Return the labels that the series of a name may have; None for a name that the product has not."""
    known = dict(_FOREIGN)
    known |= {server: frozenset(labels) | TARGET_LABELS for server, labels in _SERVERS.items()}
    for group in recording_groups():
        for pattern in group.meaning:
            words = re.compile(functools.reduce(lambda text, word: text.replace(*word), _VARIES.items(), pattern))
            if words.fullmatch(name):
                return TARGET_LABELS | group.labels
    for family in catalogue.families():
        labels = frozenset(family.labels) | TARGET_LABELS
        known[family.name] = labels
        if family.type == "histogram":
            known |= {f"{family.name}_bucket": labels | {"le"}, f"{family.name}_count": labels}
            known[f"{family.name}_sum"] = labels
    return known.get(name)


def filled(expression: str, chosen: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a dashboard's expression with its variables filled in, by those that are chosen where they differ."""
    for variable, value in {**VARIABLES, **chosen}.items():
        expression = expression.replace(variable, value)
    assert not re.search(r"\$[a-z_{]", expression), f"an unknown variable: {expression}"
    return expression


def of_rules(file: Path) -> Iterator[str]:
    """Yield the expressions of a rule file, those that its annotations look up too."""
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
            for template in rule.get("annotations", {}).values():
                for quoted in re.findall(r'with \(printf ("(?:[^"\\]|\\.)*")', template):
                    yield re.sub("%[%q]", lambda found: {"%%": "%", "%q": '"v1"'}[found[0]], json.loads(quoted))


def of_dashboard(file: Path) -> Iterator[str]:
    """Yield the expressions of a dashboard's panels, variables and annotations, with variables filled in."""
    board = json.loads(file.read_text(encoding="utf-8"))
    for panel in board["panels"]:
        yield from (filled(target["expr"]) for target in panel.get("targets", ()))
    for annotation in board["annotations"]["list"]:
        yield filled(annotation["expr"])
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            inner, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]).groups()  # type: ignore[union-attr]
            yield f"count by ({label}) ({filled(inner)})"
