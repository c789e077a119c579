"""The ranking task: a model puts items in order, the best first. Recommendation and search are of this kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical
from ml_exporter.events.tasks.interface import TaskKind

K = (1, 2, 3, 5, 10, 20, 50, 100)
"""The k, how many of the first items count, that a model may be judged at. Part of the stored format: only at the end
may others be added."""

RELEVANT, FIRST_GAIN = 0, 1
"""The columns of the truth: how many items are relevant; then, with k the largest one, the relevance of the item at
each of the first k ranks; then the k largest relevances that there are, falling: those of the ideal order."""

LARGEST_RELEVANCE = 1e6
MOST_RELEVANT = 1000
"""Items that one label may call relevant."""

_HASH_BITS = 53
"""What a float holds exactly. Of 1000 items in all, two are taken for one with odds of 1 in 10^10."""

_ENTRIES_AT_ONCE = 1 << 14
"""Relevant items that are looked for together, so that memory is bounded."""


def at(k: int) -> str:
    """Return what a model offers that is judged at its first k items."""
    return f"{k} in k"


def at_most(k: int) -> str:
    """Return what a model offers whose largest k is this one."""
    return f"{k} as the largest k"


def item_number(item: str) -> float:
    """Return the number that stands for an item."""
    return float(xxhash.xxh3_64_intdigest(item.encode("utf-8", "surrogatepass")) & ((1 << _HASH_BITS) - 1))


def relevances(text: str) -> dict[str, float] | None:
    """Return the relevance of each item that a label names, or ``None`` where it names none in the one spelling.

    >>> relevances('{"a":1,"b":0.5}'), relevances("{}"), relevances("cat")
    ({'a': 1.0, 'b': 0.5}, {}, None)
    """
    try:
        named = msgspec.json.decode(text, type=dict[str, float])
    except ValueError:
        return None
    sound = len(named) <= MOST_RELEVANT and all(0 < relevance <= LARGEST_RELEVANCE for relevance in named.values())
    return named if sound else None


@dataclass(frozen=True)
class RankingTask:
    """Items in order; see ``Task``. The payload is the first items' numbers, NaN where the list is shorter."""

    k: tuple[int, ...]
    """How many of the first items count, rising."""

    @property
    def payload_columns(self) -> int:
        """Return how many numbers a prediction is written as."""
        return self.k[-1]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return nothing: items are no classes."""
        return ()

    @property
    def stored_classes(self) -> tuple[str, ...]:
        """Return nothing: items are no classes."""
        return ()

    @property
    def offers(self) -> frozenset[str]:
        """Return at how many items it is judged."""
        return frozenset([*map(at, self.k), at_most(self.k[-1])])

    @property
    def actual_form(self) -> str:
        """Return what a label's ``actual`` must be."""
        return '{"item": relevance, ...} or a list of the relevant items'

    def usable(self, actual: Categorical) -> NDArray[np.bool_]:
        """Tell which labels say which items are relevant."""
        known = [relevances(text) is not None for text in actual.values]
        return np.array([*known, False], dtype=np.bool_)[actual.codes]

    def truth(self, actual: Categorical, payload: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how relevant the ranked items were, (rows, 1 + 2 k); the columns stand above."""
        ranks = self.payload_columns
        named = [(code, relevances(actual.values[code])) for code, _ in actual.present()]
        known = [(code, items) for code, items in named if items is not None]
        counts = np.full(len(actual.values) + 1, np.nan)
        counts[[code for code, _ in known]] = [len(items) for _, items in known]
        ideal = np.zeros((len(actual.values) + 1, ranks))
        for code, items in known:
            best = sorted(items.values(), reverse=True)[:ranks]
            ideal[code, : len(best)] = best
        table = np.zeros((len(actual), FIRST_GAIN + 2 * ranks))
        table[:, RELEVANT] = counts[actual.codes]
        table[:, FIRST_GAIN + ranks :] = ideal[actual.codes]
        _find(table[:, FIRST_GAIN : FIRST_GAIN + ranks], payload, actual.codes, known)
        return table


def _find(
    gains: NDArray[np.float64],
    payload: NDArray[np.float64],
    codes: NDArray[np.int32],
    known: Sequence[tuple[int, Mapping[str, float]]],
) -> None:
    """Write the relevance of the items that were ranked.

    Args:
        gains: (rows, ranks) takes the relevances.
        payload: (rows, ranks) the items' numbers.
        codes: (rows,) each row's label.
        known: label and its relevant items.
    """
    lengths = np.zeros(max(codes.max(initial=-1), 0) + 2, dtype=np.intp)
    lengths[[code for code, _ in known]] = [len(items) for _, items in known]
    numbers = np.array([item_number(item) for _, items in known for item in items])
    relevance = np.array([amount for _, items in known for amount in items.values()])
    first = np.cumsum(lengths) - lengths
    times = lengths[codes]
    row = np.repeat(np.arange(len(codes)), times)
    entry = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times) + first[codes][row]
    for start in range(0, len(row), _ENTRIES_AT_ONCE):
        some, its = row[start : start + _ENTRIES_AT_ONCE], entry[start : start + _ENTRIES_AT_ONCE]
        found, rank = np.nonzero(payload[some] == numbers[its, None])
        gains[some[found], rank] = relevance[its[found]]


def _make(options: Mapping[str, Any]) -> RankingTask:
    chosen: Sequence[int] = options["k"]
    if not chosen:
        raise ValueError("k: is empty; write how many of the first items count, as in [10]")
    for k in chosen:
        if k not in K:
            raise ValueError(f"k: {k} is no k that is kept; choose from {', '.join(map(str, K))}")
    return RankingTask(tuple(sorted(set(chosen))))


TASK = TaskKind("ranking", "It puts items in order, the best first.", frozenset({"k"}), _make)
