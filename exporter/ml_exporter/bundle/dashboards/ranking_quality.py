"""The dashboard of one model that puts items in order: does what matters come first?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Column, Query
from ml_exporter.bundle.dashboards.quality.history import history_section
from ml_exporter.bundle.dashboards.quality.metrics import RANKING
from ml_exporter.bundle.dashboards.quality.serving import serving_section
from ml_exporter.bundle.dashboards.quality.slices import sliced_by, slices_over_time, worst_slices
from ml_exporter.bundle.dashboards.quality.trust import trust_section
from ml_exporter.bundle.dashboards.quality.verdict import verdict_section
from ml_exporter.bundle.dashboards.queries import gauge
from ml_exporter.bundle.dashboards.variables import of_one_version
from ml_exporter.config import Monitoring

_BY_K = {
    "NDCG": "ml_ndcg",
    "Reciprocal rank": "ml_mean_reciprocal_rank",
    "Average precision": "ml_mean_average_precision",
    "Hits": "ml_hit_ratio",
    "Precision": "ml_ranking_precision_ratio",
    "Recall": "ml_ranking_recall_ratio",
}
"""Heading to family."""


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    sliced = sliced_by(RANKING.sliced(monitoring))
    return [*of_one_version(monitoring, "ml_window_relevant_outcomes"), sliced]


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    shown = RANKING.sliced(monitoring)
    return [
        verdict_section(RANKING, monitoring),
        history_section(RANKING, monitoring),
        Section("How far down does it hold?", [Strip(8, [(_at_each_k(), 12), (_over_time(), 12)])]),
        Section("Where does it go wrong?", [Strip(9, [(worst_slices(shown), 12), (slices_over_time(shown), 12)])]),
        trust_section(),
        serving_section(),
    ]


def _at_each_k() -> Any:
    return panels.rows(
        "Quality of the first k items",
        "Every metric at each k of monitoring.yml. Hits: the share of rankings with anything relevant among the first"
        " k. NDCG: 1 where the most relevant items stand first.",
        [
            Column("k", label="k", width=60),
            *(Column(heading, gauge(family, "k")) for heading, family in _BY_K.items()),
        ],
        unit="none",
        decimals=3,
        sort_by="Hits",
        no_value=panels.NO_OUTCOMES,
    )


def _over_time() -> Any:
    return panels.lines(
        "NDCG at each k over time",
        "Where the first ones fall and the later ones do not, the order at the top is wrong.",
        [Query(gauge("ml_ndcg", "k"), "first {{k}}")],
        "none",
        no_value=panels.NO_OUTCOMES,
    )


DASHBOARD = DashboardKind(
    "ranking-quality",
    4,
    "Ranking quality",
    "who owns a recommender or a search",
    "Does what matters come first, since when does it not, and where?",
    _variables,
    _sections,
    RANKING.fits,
    "a model has the task `ranking`",
)
