"""The dashboard of one classifier: is it right, since when not, and where does it go wrong?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.model_quality import confusion, scores
from ml_exporter.bundle.dashboards.model_quality.estimates import estimates_section
from ml_exporter.bundle.dashboards.quality.history import history_section
from ml_exporter.bundle.dashboards.quality.metrics import CLASSIFICATION
from ml_exporter.bundle.dashboards.quality.serving import serving_section
from ml_exporter.bundle.dashboards.quality.slices import sliced_by, slices_over_time, worst_slices
from ml_exporter.bundle.dashboards.quality.trust import trust_section
from ml_exporter.bundle.dashboards.quality.verdict import verdict_section
from ml_exporter.bundle.dashboards.variables import of_one_version
from ml_exporter.config import Monitoring


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    return [*of_one_version(monitoring, "ml_confusion_outcomes"), sliced_by(CLASSIFICATION.sliced(monitoring))]


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    return [
        verdict_section(CLASSIFICATION, monitoring),
        history_section(CLASSIFICATION, monitoring),
        _mistakes(monitoring),
        Section("Which class?", [Strip(8, [(confusion.each_class(), 12), (confusion.classes_over_time(), 12)])]),
        Section(
            "Is the threshold right, and do scores mean what they say?",
            [
                Strip(8, [(scores.roc(), 8), (scores.precision_recall(), 8), (scores.thresholds(), 8)]),
                Strip(8, [(scores.calibration(), 8), (scores.score_mix(), 8), (scores.probabilities_over_time(), 8)]),
            ],
        ),
        estimates_section(),
        trust_section(),
        serving_section(),
    ]


def _mistakes(monitoring: Monitoring) -> Section:
    shown = CLASSIFICATION.sliced(monitoring)
    strip = Strip(9, [(worst_slices(shown), 10), (slices_over_time(shown), 8), (confusion.confusion(), 6)])
    return Section("Where does it go wrong?", [strip])


DASHBOARD = DashboardKind(
    "model-quality",
    2,
    "Model quality",
    "who owns a classifier",
    "Is this model right, since when is it not, and where does it go wrong?",
    _variables,
    _sections,
    CLASSIFICATION.fits,
    "a model has the task `binary` or `multiclass`",
)
