"""Which strategy a deployment deserves: from its scale, its criticality and what its team can spend."""

from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["basic", "standard", "advanced"]
"""How much is watched, the least first."""

Scale = Literal["small", "medium", "large"]
Criticality = Literal["low", "medium", "high"]
Resources = Literal["low", "medium", "high"]

_LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class Recommendation:
    """A strategy, and why it."""

    level: Level
    """The strategy."""

    reasons: tuple[str, ...]
    """One sentence for each step of the choice, in the order in which it was taken; at least one."""


def recommend(scale: Scale, criticality: Criticality, resources: Resources = "medium") -> Recommendation:
    """Recommend a strategy.

    What is at stake sets the level; what the team can spend moves it by one, but never below what a critical model
    needs. More of any of the three never gives a lower level.

    Args:
        scale: how far the deployment reaches: one model of one team (small), several, or many (large).
        criticality: what a wrong answer costs: little (low), money or trust (medium), or more than can be
            made good (high).
        resources: the people and the storage that monitoring may take.
    """
    level, why = _at_stake(scale, criticality)
    reasons = [why]
    if resources == "low":
        if criticality == "high":
            reasons.append("Resources are low, but a critical model is not watched less for it.")
        elif level != "basic":
            level = _step(level, -1)
            reasons.append(f"Resources are low: an alert that nobody can follow up is noise, so {level} is enough.")
    elif resources == "high" and level != "advanced":
        level = _step(level, 1)
        reasons.append(f"Resources are high: {level} finds more, and there is somebody to look at it.")
    return Recommendation(level, tuple(reasons))


def _at_stake(scale: Scale, criticality: Criticality) -> tuple[Level, str]:
    """Return the level that scale and criticality ask for, and why."""
    if criticality == "high":
        return "advanced", "A wrong answer is costly: degradation has to be found early, and before labels come."
    if scale != "small":
        return "advanced", f"A {scale} deployment has more models and slices than people can look at one by one."
    if criticality == "low":
        return "basic", "A small deployment whose errors cost little: that it answers, and in time, is what matters."
    return "standard", "A small deployment whose errors cost money or trust: its quality is watched as well."


def _step(level: Level, by: int) -> Level:
    return _LEVELS[_LEVELS.index(level) + by]
