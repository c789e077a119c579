"""Outcome tallies of the ranking task: how good the first k items were, for each k that the model is judged at."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.ranking import FIRST_GAIN, RELEVANT, K
from ml_exporter.tallies.kind import Contributions, Tally, everything

_RANKING = frozenset({"ranking"})


def _discounts(ranks: int) -> NDArray[np.float64]:
    """Return what the relevance of an item counts for by its rank, (ranks,): 1 / log2(rank + 1), ranks from 1."""
    return np.asarray(1 / np.log2(np.arange(2, ranks + 2)))


def _relevance(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    some = outcomes.actual[:, RELEVANT] > 0
    rows = len(outcomes)
    return Contributions(everything(rows), np.zeros(rows, dtype=np.int64), some[:, None].astype(np.float64))


def _first_items(outcomes: Outcomes, model: ModelSettings) -> Contributions:
    ranks = outcomes.payload.shape[1]
    relevant = outcomes.actual[:, RELEVANT]
    gains = outcomes.actual[:, FIRST_GAIN : FIRST_GAIN + ranks]
    ideal = outcomes.actual[:, FIRST_GAIN + ranks :]
    hit = gains > 0
    hits = np.cumsum(hit, axis=1)
    precision = hits / np.arange(1, ranks + 1)
    gained, best = (np.cumsum(amounts * _discounts(ranks), axis=1) for amounts in (gains, ideal))
    precise = np.cumsum(hit * precision, axis=1)
    first = np.where(hit.any(axis=1), hit.argmax(axis=1), ranks)
    rows, parts, chosen = len(outcomes), [], sorted(set(model.k))
    for k in chosen:
        last = k - 1
        found = hits[:, last].astype(np.float64)
        shares = (
            np.where(first < k, 1 / (first + 1), 0.0),
            _share(gained[:, last], best[:, last]),
            _share(precise[:, last], np.minimum(relevant, k)),
            found / k,
            _share(found, relevant),
        )
        parts.append(np.column_stack([found > 0, *shares, *(share**2 for share in shares)]))
    return Contributions(
        np.tile(np.arange(rows), len(chosen)),
        np.repeat([K.index(k) for k in chosen], rows).astype(np.int64),
        np.concatenate(parts).astype(np.float64),
    )


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, with 0 where nothing is relevant."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)


_SHARES = ("reciprocal_rank", "ndcg", "average_precision", "precision", "recall")

TALLIES = (
    Tally(
        name="relevance",
        source="outcomes",
        columns=("outcomes",),
        contribute=_relevance,
        tasks=_RANKING,
    ),
    Tally(
        name="first_items",
        source="outcomes",
        columns=("hits", *_SHARES, *(f"{share}_squared" for share in _SHARES)),
        contribute=_first_items,
        tasks=_RANKING,
        bins=len(K),
    ),
)
