"""Whether the actual class is among those with the highest scores."""

from functools import partial

from ml_exporter.catalogue.classification import SHARE, family, scored, share_of
from ml_exporter.catalogue.definition import Counts, Metric, Statistics
from ml_exporter.events.tasks.multiclass import TOP_K, top_k_offered

_FAMILY = family(
    "ml_top_k_accuracy_ratio",
    "Share of scored outcomes whose actual class is among the k with the highest scores.",
    "k",
)


def _among_top(k: int, sums: Statistics) -> Counts:
    by_rank = sums["actual_rank.count"]
    return by_rank[:, :k].sum(axis=1), by_rank.sum(axis=1)


METRICS = tuple(
    Metric(
        id=f"top_{k}_accuracy",
        title=f"Top-{k} accuracy",
        family=_FAMILY,
        tasks=frozenset({"multiclass"}),
        clock="outcome",
        direction="higher",
        estimate=share_of(partial(_among_top, k)),
        source="scikit-learn, top_k_accuracy_score",
        formula=f"outcomes whose actual class has one of the {k} highest scores / scored outcomes",
        interval="Wilson",
        fixed_labels={"k": str(k)},
        counted_by=scored("multiclass"),
        proportion=partial(_among_top, k),
        limits=SHARE,
        judged=True,
        needs=frozenset({top_k_offered(k)}),
        advice="If accuracy falls and this holds, the right class is still near the top: classes have become harder to"
        " tell apart. If both fall, the model no longer recognises its input.",
    )
    for k in TOP_K
)
