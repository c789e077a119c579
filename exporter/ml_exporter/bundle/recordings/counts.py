"""What every model has over several exporters: outcomes, predictions, and the share of them that is labelled."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.recordings import Recording, added_up, mean
from ml_exporter.config import ModelSettings

_MADE = "ml_window_predictions"


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    made = selector(_MADE, model_name=model.name)
    recordings = [
        added_up(model, "ml_window_outcomes"),
        added_up(model, _MADE),
        mean(model, "ml_label_coverage_ratio", made),
    ]
    if model.class_names:
        recordings.append(added_up(model, "ml_class_predictions"))
    if model.task == "regression":
        recordings.append(mean(model, "ml_predicted_value_mean", made))
    return recordings


RECORDINGS = _recordings
