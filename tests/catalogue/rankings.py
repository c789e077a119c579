"""Outcomes of ranking models, and a plain count of how good they are."""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical, Outcomes
from ml_exporter.events.tasks.ranking import item_number
from tests.catalogue.whole_path import NOW

Items = Sequence[str]
Relevant = Mapping[str, float]


def ranking_model(*k: int, **options: object) -> ModelSettings:
    """Make the settings of a model that is judged at these k."""
    return ModelSettings.model_validate({"name": "films", "task": "ranking", "k": list(k), **options})


def ranked(
    lists: Sequence[Items], relevant: Sequence[Relevant], model: ModelSettings, series: ArrayLike | None = None
) -> Outcomes:
    """Make outcomes from what was ranked and what was relevant; by default all of the series 0."""
    rows, ranks = len(lists), model.definition.payload_columns
    payload = np.full((rows, ranks), np.nan)
    for row, items in enumerate(lists):
        payload[row, : len(items)] = [item_number(item) for item in items[:ranks]]
    actual = Categorical.of(msgspec.json.encode(dict(sorted(items.items()))).decode() for items in relevant)
    times = np.full(rows, NOW - 1)
    return Outcomes(
        series=np.zeros((rows, 1), dtype=np.int32) if series is None else np.asarray(series, dtype=np.int32)[:, None],
        prediction_time=times,
        label_time=times,
        payload=payload,
        actual=model.definition.truth(actual, payload),
        value=np.full(rows, np.nan),
    )


def plain(lists: Sequence[Items], relevant: Sequence[Relevant], k: int) -> dict[str, float]:
    """Return the metrics at k by their definitions, NaN where there is none."""
    found: dict[str, list[float]] = {name: [] for name in ("ndcg", "rr", "ap", "hit", "precision", "recall")}
    for items, wanted in zip(lists, relevant, strict=True):
        gains = [wanted.get(item, 0.0) for item in items[:k]]
        hits = [rank for rank, gain in enumerate(gains, 1) if gain > 0]
        found["hit"].append(float(bool(hits)))
        found["rr"].append(1 / hits[0] if hits else 0.0)
        found["precision"].append(len(hits) / k)
        if wanted:
            best = sorted(wanted.values(), reverse=True)[:k]
            gained, ideal = (
                sum(gain / math.log2(rank + 1) for rank, gain in enumerate(order, 1)) for order in (gains, best)
            )
            found["ndcg"].append(gained / ideal)
            precisions = [place / rank for place, rank in enumerate(hits, 1)]
            found["ap"].append(sum(precisions) / min(len(wanted), k))
            found["recall"].append(len(hits) / len(wanted))
    ids = {
        "ndcg": "ndcg",
        "rr": "mean_reciprocal_rank",
        "ap": "mean_average_precision",
        "hit": "hit_ratio",
        "precision": "ranking_precision",
        "recall": "ranking_recall",
    }
    return {f"{ids[name]}_{k}": float(np.mean(values)) if values else math.nan for name, values in found.items()}
