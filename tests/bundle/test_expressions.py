"""Every expression of rules, annotations and dashboards parses, and names only what the catalogue knows."""

import re
from collections.abc import Iterator

import pytest
import yaml

from tests.bundle import expressions
from tests.bundle.conftest import Bundle
from tests.bundle.expressions import problems


def _all(bundle: Bundle) -> Iterator[str]:
    for file in bundle.rule_files:
        yield from expressions.of_rules(file)
    for file in bundle.dashboard_files:
        yield from expressions.of_dashboard(file)


def test_every_expression_parses_and_names_families_and_labels_of_the_catalogue_only(bundle: Bundle) -> None:
    listed = list(_all(bundle))
    assert len(listed) > 50
    assert {expression: problems(expression) for expression in listed if problems(expression)} == {}


def test_no_lookup_of_an_annotation_goes_unseen(bundle: Bundle) -> None:
    for file in bundle.rule_files:
        rules = [
            rule for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
        ]
        looked_up = sum(text.count("| query }}") for rule in rules for text in rule.get("annotations", {}).values())
        assert looked_up == sum(1 for _ in expressions.of_rules(file)) - len(rules)


def test_no_rule_takes_a_rate_of_what_a_replay_can_move(bundle: Bundle) -> None:
    for file in bundle.rule_files:
        for expression in expressions.of_rules(file):
            counters = expressions.counters_of(expression)
            ours = [name for name in counters if name.startswith("ml_")]
            assert all(name.startswith("ml_host_") for name in ours), expression  # the machine's own


def test_no_expression_averages_a_ratio(bundle: Bundle) -> None:
    for expression in _all(bundle):
        assert not re.search(r"\bavg\b", expression)  # over time a summary may: its page says what that is


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("ml_accuracy", "ml_accuracy is no family of the catalogue"),
        ('ml_accuracy_ratio{metric="x"}', "ml_accuracy_ratio has no label metric"),
        ("max by (feed) (ml_accuracy_ratio)", "no family here has a label feed"),
        ("up and on (window) up", "no family here has a label window"),
        ('label_join(up, "x", "", "feed")', "no family here has a label feed"),
        ("max by (model_name (ml_accuracy_ratio)", "unclosed left parenthesis"),
    ],
)
def test_the_check_itself_finds_a_wrong_family_a_wrong_label_and_a_wrong_syntax(expression: str, problem: str) -> None:
    assert problem in problems(expression)
