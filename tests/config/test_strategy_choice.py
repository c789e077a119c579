"""Which strategy is recommended."""

from itertools import product
from typing import get_args

import pytest

from ml_exporter.config import Recommendation, recommend
from ml_exporter.config.strategy_choice import Criticality, Level, Resources, Scale

_SCALES, _CRITICALITIES, _RESOURCES = get_args(Scale), get_args(Criticality), get_args(Resources)
_EVERY_CASE = list(product(_SCALES, _CRITICALITIES, _RESOURCES))


def _rank(recommendation: Recommendation) -> int:
    return get_args(Level).index(recommendation.level)


@pytest.mark.parametrize(
    ("scale", "criticality", "level"),
    [
        ("small", "low", "basic"),
        ("small", "medium", "standard"),
        ("small", "high", "advanced"),
        *((scale, criticality, "advanced") for scale in ("medium", "large") for criticality in _CRITICALITIES),
    ],
)
def test_with_medium_resources_scale_and_criticality_decide(scale: Scale, criticality: Criticality, level: str) -> None:
    assert recommend(scale, criticality).level == level
    assert len(recommend(scale, criticality).reasons) == 1


@pytest.mark.parametrize(("scale", "criticality", "resources"), _EVERY_CASE)
def test_more_of_anything_never_gives_less(scale: Scale, criticality: Criticality, resources: Resources) -> None:
    here = _rank(recommend(scale, criticality, resources))
    assert all(_rank(recommend(more, criticality, resources)) >= here for more in _SCALES[_SCALES.index(scale) :])
    more_critical = _CRITICALITIES[_CRITICALITIES.index(criticality) :]
    assert all(_rank(recommend(scale, more, resources)) >= here for more in more_critical)
    more_resources = _RESOURCES[_RESOURCES.index(resources) :]
    assert all(_rank(recommend(scale, criticality, more)) >= here for more in more_resources)


@pytest.mark.parametrize("scale", _SCALES)
@pytest.mark.parametrize("resources", _RESOURCES)
def test_a_critical_model_is_watched_fully_whatever_it_costs(scale: Scale, resources: Resources) -> None:
    assert recommend(scale, "high", resources).level == "advanced"


@pytest.mark.parametrize(("scale", "criticality", "resources"), _EVERY_CASE)
def test_every_step_of_the_choice_has_its_reason(scale: Scale, criticality: Criticality, resources: Resources) -> None:
    chosen, by_default = recommend(scale, criticality, resources), recommend(scale, criticality)
    assert chosen.reasons[0] == by_default.reasons[0]
    assert all(reason.endswith(".") for reason in chosen.reasons)
    if chosen.level != by_default.level:
        assert chosen.level in chosen.reasons[1]
