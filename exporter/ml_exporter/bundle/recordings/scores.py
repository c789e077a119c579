"""Scores over several exporters: losses and calibration by their counts, and the curves by threshold."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import over_instances, selector
from ml_exporter.bundle.recordings import Recording, added_up, mean, ratio, recorded_of
from ml_exporter.catalogue.bins import THRESHOLDS
from ml_exporter.config import ModelSettings

_SCORED = "ml_window_scored_outcomes"
_BIN = "ml_reliability_outcomes"
_REACHING = "ml_threshold_outcomes"


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    if model.task not in {"binary", "multiclass"}:
        return []
    scored = selector(_SCORED, model_name=model.name)
    recordings = [
        added_up(model, _SCORED),
        *(mean(model, family, scored) for family in ("ml_log_loss", "ml_brier_score")),
        *_reliability(model),
    ]
    if "top_k" in model.offers:
        recordings.append(mean(model, "ml_top_k_accuracy_ratio", scored, "k"))
    return recordings + (_curves(model) if model.task == "binary" else [])


def _reliability(model: ModelSettings) -> list[Recording]:
    count = selector(_BIN, model_name=model.name)
    shares = ("ml_reliability_score_ratio", "ml_reliability_frequency_ratio")
    sums = [over_instances("sum", f"{selector(family, model_name=model.name)} * {count}") for family in shares]
    gap = f"sum without (bin) (abs({sums[0]} - {sums[1]}))"
    return [
        added_up(model, _BIN),
        *(
            Recording(family, ratio(total, recorded_of(model, _BIN)))
            for family, total in zip(shares, sums, strict=True)
        ),
        Recording("ml_calibration_error_ratio", ratio(gap, f"sum without (bin) ({recorded_of(model, _BIN)})")),
    ]


def _curves(model: ModelSettings) -> list[Recording]:
    negative, positive = model.class_names

    def reaching(actual: str) -> str:
        """Return the outcomes of a class from each threshold on."""
        return f"sum without (actual) ({recorded_of(model, _REACHING, actual=actual)})"

    def all_of(**actual: str) -> str:
        """Return the outcomes of a class, or of both."""
        chosen = recorded_of(model, _REACHING, threshold=f"{THRESHOLDS[0]:g}", **actual)
        return f"sum without (actual, threshold) ({chosen})"

    def share_of_all(actual: str) -> str:
        return f"{reaching(actual)} / ignoring (threshold) group_left () ({all_of(actual=actual)} > 0)"

    precision = ratio(reaching(positive), f"({reaching(positive)} + {reaching(negative)})")
    prevalence = ratio(all_of(actual=positive), all_of())
    return [
        added_up(model, _REACHING),
        Recording("ml_threshold_precision_ratio", precision),
        Recording("ml_threshold_recall_ratio", share_of_all(positive)),
        Recording("ml_threshold_false_positive_ratio", share_of_all(negative)),
        Recording("ml_threshold_lift", f"{precision} / ignoring (threshold) group_left () ({prevalence} > 0)"),
        Recording("ml_auc_roc", _area(model, negative, positive)),
    ]


def _area(model: ModelSettings, negative: str, positive: str) -> str:
    """Return the area under the curve through the points at the thresholds, by trapezoids."""

    def reaching(actual: str, threshold: float) -> str:
        chosen = recorded_of(model, _REACHING, actual=actual, threshold=f"{threshold:g}")
        return f"sum without (actual, threshold) ({chosen})"

    pieces = []
    for left, right in zip(THRESHOLDS, [*THRESHOLDS[1:], None], strict=True):
        across, height = reaching(negative, left), reaching(positive, left)
        if right is not None:
            across, height = f"({across} - {reaching(negative, right)})", f"({height} + {reaching(positive, right)})"
        pieces.append(f"{across} * {height}")
    everything = f"{reaching(negative, 0.0)} * {reaching(positive, 0.0)}"
    return ratio(f"({' + '.join(pieces)}) / 2", everything)


RECORDINGS = _recordings
