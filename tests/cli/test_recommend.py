"""``ml-exporter recommend``: the strategy, then why, then what to write."""

from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from ml_exporter.config import recommend
from ml_exporter.config.strategy_choice import Criticality, Resources, Scale
from ml_exporter.pipeline import load_configuration
from tests.cli.commands import VALID, invoke


@pytest.mark.parametrize("scale", get_args(Scale))
def test_it_says_what_is_decided_and_why_and_what_to_write(scale: Scale, tmp_path: Path) -> None:
    for criticality, resources in product(get_args(Criticality), get_args(Resources)):
        options = ("--deployment-scale", scale, "--criticality", criticality, "--resources", resources)
        told = invoke("recommend", *options)
        decided = recommend(scale, criticality, resources)
        assert told.exit_code == 0
        level, *reasons, written = told.stdout.splitlines()
        assert (level, reasons) == (decided.level, [f"- {reason}" for reason in decided.reasons])
        file = tmp_path / "monitoring.yml"
        file.write_text(VALID + written.removeprefix("In monitoring.yml: ") + "\n")
        strategy = load_configuration(file).strategy
        assert strategy is not None
        assert strategy.level == decided.level


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
