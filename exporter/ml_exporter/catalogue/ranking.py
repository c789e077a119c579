"""How good the first items of a ranking are, at each k that a model is judged at."""

from collections.abc import Iterable
from functools import partial

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.classification import SHARE, share_of
from ml_exporter.catalogue.definition import (
    Counts,
    Estimate,
    Family,
    Metric,
    Model,
    Row,
    Spread,
    Statistics,
    series_labels,
)
from ml_exporter.catalogue.intervals import divide
from ml_exporter.events.tasks.ranking import K, at, at_most

_AREA = "quality of ranking"
_RANKING = frozenset({"ranking"})
_ALL, _WITH_RELEVANT = "outcomes.count", "relevance.outcomes"
_LARGEST_FIRST = K[::-1]
"""The first metric of a model is that of its largest k."""


def _family(name: str, help_text: str, *labels: str) -> Family:
    return Family(name, "gauge", help_text, (*series_labels(), *labels), _AREA)


_HIT_RATIO = _family("ml_hit_ratio", "Share of outcomes that have a relevant item among the first k.", "k")


def _hits(k: int, sums: Statistics) -> Counts:
    return sums["first_items.hits"][:, K.index(k)], sums[_ALL]


def _mean(share: str, counted_by: str, k: int, sums: Statistics) -> Estimate:
    place, count = K.index(k), sums[counted_by]
    total = sums[f"first_items.{share}"][:, place]
    lower, upper = intervals.mean(total, sums[f"first_items.{share}_squared"][:, place], count)
    return Estimate(divide(total, count), np.maximum(lower, 0.0), np.minimum(upper, 1.0))


def _metrics(
    metric_id: str, title: str, family: Family, share: str, counted_by: str, source: str, formula: str, advice: str
) -> Iterable[Metric]:
    """Return a mean of shares at each k."""
    for k in _LARGEST_FIRST:
        yield Metric(
            id=f"{metric_id}_{k}",
            title=f"{title} at {k}",
            family=family,
            tasks=_RANKING,
            clock="outcome",
            direction="higher",
            estimate=partial(_mean, share, counted_by, k),
            source=source,
            formula=formula.format(k=k),
            interval="normal, from the second moment",
            fixed_labels={"k": str(k)},
            counted_by=counted_by,
            limits=SHARE,
            judged=share == "ndcg",
            judged_where=frozenset({at_most(k)}),
            headline=share == "ndcg",
            needs=frozenset({at(k)}),
            advice=advice,
        )


METRICS = (
    *_metrics(
        "ndcg",
        "NDCG",
        _family(
            "ml_ndcg",
            "Mean normalised discounted cumulative gain of the first k items: 1 is the ideal order. Over outcomes that"
            " have a relevant item.",
            "k",
        ),
        "ndcg",
        _WITH_RELEVANT,
        "scikit-learn, ndcg_score; Jarvelin, Kekalainen 2002",
        "mean of DCG / ideal DCG, where DCG is the sum over the first {k} ranks of relevance / log2(rank + 1)",
        "If recall at the same k holds, the right items are there in a worse order; if recall falls too, they are no"
        " longer found: look at the candidates, and at new items.",
    ),
    *_metrics(
        "mean_reciprocal_rank",
        "Mean reciprocal rank",
        _family(
            "ml_mean_reciprocal_rank",
            "Mean of 1 / rank of the first relevant item among the first k, 0 where none is.",
            "k",
        ),
        "reciprocal_rank",
        _ALL,
        "Voorhees 1999",
        "mean of 1 / rank of the first relevant item, 0 where none is among the first {k}",
        "It sees only the first right answer: where there is one (search, question answering) it is what users feel.",
    ),
    *_metrics(
        "mean_average_precision",
        "Mean average precision",
        _family(
            "ml_mean_average_precision",
            "Mean average precision of the first k items, over outcomes that have a relevant item.",
            "k",
        ),
        "average_precision",
        _WITH_RELEVANT,
        "Manning, Raghavan, Schuetze 2008, 8.4",
        "mean of the sum over relevant ranks of precision up to there, of the first {k}, / min(relevant items, {k})",
        "It falls where relevant items slip down or out: NDCG beside it says the same with degrees of relevance.",
    ),
    *_metrics(
        "ranking_precision",
        "Precision",
        _family("ml_ranking_precision_ratio", "Mean share of the first k places that hold a relevant item.", "k"),
        "precision",
        _ALL,
        "Manning, Raghavan, Schuetze 2008, 8.4",
        "mean of relevant items among the first {k} / {k}",
        "It falls too where users want less: compare it with recall, and with how many outcomes have a relevant item.",
    ),
    *_metrics(
        "ranking_recall",
        "Recall",
        _family(
            "ml_ranking_recall_ratio",
            "Mean share of the relevant items that are among the first k, over outcomes that have a relevant item.",
            "k",
        ),
        "recall",
        _WITH_RELEVANT,
        "Manning, Raghavan, Schuetze 2008, 8.4",
        "mean of relevant items among the first {k} / relevant items",
        "Items that were wanted are not shown: look at the retrieval of candidates before the order of them.",
    ),
    *(
        Metric(
            id=f"hit_ratio_{k}",
            title=f"Hit ratio at {k}",
            family=_HIT_RATIO,
            tasks=_RANKING,
            clock="outcome",
            direction="higher",
            estimate=share_of(partial(_hits, k)),
            formula=f"outcomes with a relevant item among the first {k} / outcomes",
            interval="Wilson",
            fixed_labels={"k": str(k)},
            proportion=partial(_hits, k),
            limits=SHARE,
            needs=frozenset({at(k)}),
            advice="Fewer rankings hold anything that was wanted. Look at how many outcomes have a relevant item at all"
            " (ml_window_relevant_outcomes): users may have changed rather than the model.",
        )
        for k in _LARGEST_FIRST
    ),
)


def _relevant_outcomes(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), sums[_WITH_RELEVANT])]


def _one(_model: Model) -> int:
    return 1


SPREADS = (
    Spread(
        _family(
            "ml_window_relevant_outcomes",
            "Outcomes in the window that have a relevant item: what NDCG, mean average precision and recall rest on.",
        ),
        _RANKING,
        _relevant_outcomes,
        _one,
    ),
)
