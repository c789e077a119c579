"""Rankings over several exporters: means over outcomes, by how many outcomes each exporter has."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.recordings import Recording, added_up, mean
from ml_exporter.config import ModelSettings

_RELEVANT = "ml_window_relevant_outcomes"
_OVER_ALL = ("ml_mean_reciprocal_rank", "ml_ranking_precision_ratio", "ml_hit_ratio")
_OVER_RELEVANT = ("ml_ndcg", "ml_mean_average_precision", "ml_ranking_recall_ratio")


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    if model.task != "ranking":
        return []
    outcomes, relevant = (selector(name, model_name=model.name) for name in ("ml_window_outcomes", _RELEVANT))
    return [
        added_up(model, _RELEVANT),
        *(mean(model, family, outcomes, "k") for family in _OVER_ALL),
        *(mean(model, family, relevant, "k") for family in _OVER_RELEVANT),
    ]


RECORDINGS = _recordings
