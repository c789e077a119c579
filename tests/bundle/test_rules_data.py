"""Every rule, asked of a real Prometheus: it is evaluated without an error, and what it looks at is there.

An alert is rightly silent in good times. So what it compares is asked for: each part that has a value whatever it is.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.bundle.operands import operands
from tests.bundle.served import Server
from tests.stack.waiting import eventually

_EMPTY_OPERANDS: Mapping[str, str] = {
    "ml_objective_crossing_timestamp_seconds{": "a trend is one of days, and the history is hours long",
    "ml_exporter_config_last_reload_successful{": "the engine is ticked without a server",
    "ml_exporter_web_config_last_load_successful{": "the same",
    'ml_feature_unseen_category_ratio{job="ml-exporter",model_name="purchase"': "its feature turns out to be a number",
    'ml_degraded{job="ml-exporter",metric="precision"': "a baseline needs a thousand positive predictions",
    'ml_degraded{job="ml-exporter",metric="recall",model_name="purchase"': "a baseline needs a thousand positives",
    'over_2h{job="ml-exporter",metric="accuracy",model_name="ticket_routing"': "it gets no labels any more",
    'over_6h{job="ml-exporter",metric="accuracy",model_name="ticket_routing"': "the same",
}
"""What stands in parts of alerts that legitimately find nothing, and why."""


def rules(server: Server, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the rules of a kind, ``record`` or ``alert``."""
    for file in server.bundle.rule_files:
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from (rule for rule in group["rules"] if kind in rule)


@pytest.fixture(scope="module")
def evaluated(server: Server) -> float:
    """Wait until rules that look at recorded ones have been evaluated, and return the time."""

    def all_groups_twice() -> bool:
        groups = server.groups()
        return bool(groups) and all(rule["health"] != "unknown" for group in groups for rule in group["rules"])

    eventually(all_groups_twice, "every rule is evaluated", seconds=60)
    first = time.time()

    def once_more() -> float | None:
        now = time.time()
        return now if now > first + 3 and all_groups_twice() else None

    return eventually(once_more, "rules of rules are evaluated", seconds=60)


def test_every_rule_is_evaluated_without_an_error(server: Server, evaluated: float) -> None:  # noqa: ARG001 - waited for
    wrong = {
        rule["name"]: rule["lastError"]
        for group in server.groups()
        for rule in group["rules"]
        if rule["health"] != "ok"
    }
    assert wrong == {}


@pytest.fixture(scope="module")
def silent(server: Server, evaluated: float) -> list[str]:
    """Return the expressions of recordings that record nothing."""
    return [rule["expr"] for rule in rules(server, "record") if not server.finds(_of(rule), at=evaluated)]


def _of(rule: Mapping[str, Any]) -> str:
    labels = ",".join(f"{name}={_quoted(value)}" for name, value in rule.get("labels", {}).items())
    return f"{rule['record']}{{{labels}}}" if labels else f"({rule['expr']})"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def test_every_recording_records(server: Server, silent: list[str]) -> None:
    assert sum(1 for _ in rules(server, "record")) > 150
    assert silent == [], "\n".join(silent)


@pytest.fixture(scope="module")
def missing(server: Server, evaluated: float) -> set[tuple[str, str]]:
    """Return the alerts of which a part finds nothing, with it."""
    asked = {(rule["alert"], part) for rule in rules(server, "alert") for part in operands(rule["expr"])}
    assert len(asked) > 100
    known = {part: server.finds(part, at=evaluated) or server.finds(part) for part in {part for _, part in asked}}
    return {(name, part) for name, part in asked if not known[part]}


def test_whatever_an_alert_compares_is_there_but_what_is_known_not_to_be(missing: set[tuple[str, str]]) -> None:
    left = [one for one in sorted(missing) if not any(piece in one[1] for piece in _EMPTY_OPERANDS)]
    assert left == [], "\n".join(map(": ".join, left))
    assert [piece for piece in _EMPTY_OPERANDS if not any(piece in one[1] for one in missing)] == [], "not needed"


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a > 1", {"a"}),
        ("(a - b) / c < 2 * d", {"(a - b) / c", "2 * d"}),
        ("max by (x) (a == 1)", {"a"}),
        ("absent(up) and on () b", {"up", "b"}),
        ("a and (b unless c > 3)", {"a", "b", "c"}),
        ("time() - a > 5", {"time() - a"}),
        ("vector(1)", {"vector(1)"}),
    ],
)
def test_the_parts_are_those_that_are_compared(expression: str, parts: set[str]) -> None:
    assert operands(expression) == parts
