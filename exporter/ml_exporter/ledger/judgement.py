"""What a label does to one prediction: it judges, agrees, corrects, or conflicts. See ``interface`` for the rules."""

import math
from dataclasses import dataclass, replace
from typing import Literal

Effect = Literal["judges", "corrects", "conflicts", "nothing"]


@dataclass(frozen=True)
class Word:
    """What a label says, and when."""

    actual: str
    value: float
    """NaN: none."""

    time: float

    def says_otherwise(self, other: "Word") -> bool:
        """Tell whether the two contradict each other."""
        return self.actual != other.actual or (
            self.value != other.value and not (math.isnan(self.value) or math.isnan(other.value))
        )

    def says_the_same(self, other: "Word") -> bool:
        """Tell whether the two say the same, a value included."""
        return self.actual == other.actual and (
            self.value == other.value or (math.isnan(self.value) and math.isnan(other.value))
        )

    def repeats(self, known: "Word", *, dated: bool) -> bool:
        """Tell whether this says nothing that a known label has not said.

        Args:
            known: a label of the same id and model.
            dated: whether the time is part of what a label says.
        """
        silent_or_same = math.isnan(self.value) or self.value == known.value
        return self.actual == known.actual and silent_or_same and (not dated or self.time == known.time)


@dataclass(frozen=True)
class Standing:
    """The word that stands for a prediction."""

    word: Word
    """As it was judged: retracting it takes exactly this back."""

    said: float
    """The newest time at which it was said."""

    assumed: bool = False
    """Whether nobody has said it: it was concluded from silence."""


def judge(
    standing: Standing | None, word: Word, *, window: float, final_before: float, said_before: bool
) -> tuple[Standing, Effect]:
    """Let a label meet a prediction.

    Args:
        standing: what stands for the prediction; None: it is pending.
        word: what the label says.
        window: the model's correction window in seconds, 0 for none.
        final_before: judgements whose label is older than this are final.
        said_before: whether an earlier label has said the same of this prediction.

    Returns:
        What stands afterwards, and what the label did.
    """
    if standing is None:
        return Standing(word, word.time), "judges"
    if standing.word.time < final_before:
        return standing, "nothing"
    if not word.says_otherwise(standing.word):
        said = word.time if standing.assumed else max(standing.said, word.time)
        return replace(standing, said=said, assumed=False), "nothing"
    if window > 0 and (standing.assumed or standing.said <= word.time <= standing.word.time + window):
        return Standing(word, word.time), "corrects"
    return standing, "nothing" if said_before else "conflicts"
