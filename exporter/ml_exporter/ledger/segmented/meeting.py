"""One prediction and the labels that it meets, where there is more than a first one."""

from collections.abc import Sequence

from ml_exporter.ledger.judgement import Standing, Word, judge
from ml_exporter.ledger.segmented.pairs import Effects, PredictionColumns


class Meeting:
    """A prediction that is judged word by word."""

    def __init__(
        self, prediction: PredictionColumns, standing: Standing | None, window: float, final_before: float
    ) -> None:
        """Take a prediction.

        Args:
            prediction: columns of one row.
            standing: what stands for it; None: it is pending.
            window: its model's correction window, seconds.
            final_before: see ``judge``.
        """
        self._standing: Standing | None = standing
        self._prediction = prediction
        self._window = window
        self._final_before = final_before

    def hear(self, word: Word, earlier: Sequence[Word], effects: Effects) -> Standing:
        """Let a label meet the prediction.

        Args:
            word: what it says.
            earlier: what remembered labels have said of the prediction before.
            effects: where pairs and conflicts are added.

        Returns:
            What stands now.
        """
        before = self._standing
        self._standing, effect = judge(
            before,
            word,
            window=self._window,
            final_before=self._final_before,
            said_before=any(word.says_the_same(known) for known in earlier),
        )
        if effect in ("judges", "corrects"):
            effects.judge_one(self._prediction, word, instead_of=None if before is None else before.word)
        effects.conflicts += effect == "conflicts"
        return self._standing
