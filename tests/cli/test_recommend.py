"""``ml-exporter recommend``: the strategy, then why."""

from itertools import product
from typing import get_args

import pytest

from ml_exporter.config import recommend
from ml_exporter.config.strategy_choice import Criticality, Resources, Scale
from tests.cli.commands import invoke


@pytest.mark.parametrize("scale", get_args(Scale))
def test_it_says_what_is_decided_and_why(scale: Scale) -> None:
    for criticality, resources in product(get_args(Criticality), get_args(Resources)):
        options = ("--deployment-scale", scale, "--criticality", criticality, "--resources", resources)
        told = invoke("recommend", *options)
        decided = recommend(scale, criticality, resources)
        assert told.exit_code == 0
        assert told.stdout.splitlines() == [decided.level, *(f"- {reason}" for reason in decided.reasons)]


def test_without_resources_they_are_medium() -> None:
    options = ("--deployment-scale", "small", "--criticality", "medium")
    assert invoke("recommend", *options).stdout == invoke("recommend", *options, "--resources", "medium").stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--criticality", "low"], "Missing option '--deployment-scale'"),
        (["--deployment-scale", "huge", "--criticality", "low"], "'huge' is not one of 'small', 'medium', 'large'"),
    ],
)
def test_what_is_missing_or_unknown_is_told_with_the_choice(options: list[str], said: str) -> None:
    told = invoke("recommend", *options)
    assert told.exit_code == 2
    assert said in told.stderr
