"""Labels that meet no prediction: samples from both sides, and how their ids differ."""

from collections.abc import Iterator, Sequence

import numpy as np

from ml_exporter.doctor.case import Case, FeedSample
from ml_exporter.doctor.finding import Finding, Rank
from ml_exporter.doctor.id_forms import guess
from ml_exporter.doctor.said import some

_FEWEST, _SHARE = 5, 0.1
"""So many labels, and this share of those that were looked at, have no prediction before it is worth a word."""

_LOOKED_AT = 20_000
"""So many of the newest labels of a feed are looked at."""

_PREDICTIONS = 100_000
"""With so many of the newest predictions their form is compared."""


def examine(case: Case) -> Iterator[Finding]:
    """Find feeds of labels whose ids are none of predictions."""
    sampled = list(dict.fromkeys(name for sample in case.predictions for name in sample.ids))[-_PREDICTIONS:]
    if not sampled and case.stored is None:
        return  # that there are no predictions is told of their feeds
    for sample in case.labels:
        looked = list(dict.fromkeys(sample.ids))[-_LOOKED_AT:]
        unmatched = _unmatched(case, looked)
        if len(unmatched) >= _FEWEST and len(unmatched) > _SHARE * len(looked):
            finding = _finding(case, sample, unmatched, len(looked), sampled)
            if finding is not None:
                yield finding


def _all_predictions_are_known(case: Case) -> bool:
    """Tell whether an id that is neither sampled nor in the store is that of no prediction."""
    if case.stored is not None:
        return not any(sample.unread and not sample.whole for sample in case.predictions)
    return all(sample.files and sample.whole for sample in case.predictions)


def _unmatched(case: Case, labels: Sequence[str]) -> list[str]:
    """Return the ids that no prediction has, neither in the store nor among those sampled."""
    left = [one for one in labels if one not in case.predicted_at]
    if not left or case.stored is None:
        return left
    stored = case.stored.known_predictions(np.array(left, dtype=object))
    return [one for one, found in zip(left, stored.tolist(), strict=True) if not found]


def _finding(
    case: Case, sample: FeedSample, unmatched: list[str], looked: int, predictions: list[str]
) -> Finding | None:
    """Return what is to be said, None where the predictions may just not have been looked at."""
    what = f"{len(unmatched):,} of the newest {looked:,} labels of the feed {sample.settings.name} have no prediction"
    sides: tuple[str, ...] = (
        f"ids of such labels: {some(unmatched[::-1])}",
        f"ids of predictions: {some(predictions[::-1])}",
    )
    if case.stored is not None:
        sides += (f"the store keeps {case.stored.unmatched_labels:,} labels that have met no prediction",)
    if not _all_predictions_are_known(case):
        sides += (f"only the newest {len(predictions):,} predictions were looked at",)
    guessed = guess(unmatched, predictions)
    if guessed is None and not _all_predictions_are_known(case):
        return None
    if guessed is None:
        return Finding(
            Rank.JOIN,
            what,
            "write the prediction's own id into its label; is `fields` of both feeds right, and do the predictions come"
            " from the same place? Labels of predictions that were never written have none",
            sides,
        )
    label, prediction = guessed.examples[0]
    differences = " and ".join(guessed.differences)
    return Finding(
        Rank.JOIN,
        f"{what}, and {guessed.matches:,} of them would match but for {differences}",
        "write ids on both sides in the same form: they are compared as texts, sign by sign",
        (f"the label {label!r} seems to mean the prediction {prediction!r}", *sides),
    )
