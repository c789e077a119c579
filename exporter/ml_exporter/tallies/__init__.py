"""Tallies: mergeable sufficient statistics by series and time bucket. Never a raw event."""

from ml_exporter.tallies.buckets import JUDGED, Buckets
from ml_exporter.tallies.budget import budget, worst_case
from ml_exporter.tallies.exemplars import Exemplar, LatencyExemplars
from ml_exporter.tallies.feature_registry import FeatureRegistry
from ml_exporter.tallies.kind import AcceptedPredictions, Contributions, Tally, discover
from ml_exporter.tallies.ladder import Ladder
from ml_exporter.tallies.meaning import ChangedMeaning, Meanings
from ml_exporter.tallies.past import Past
from ml_exporter.tallies.series import Budget, SeriesKey, SeriesRegistry
from ml_exporter.tallies.statuses import SUCCESS, Statuses
from ml_exporter.tallies.sums import DamagedState, Sums

__all__ = [
    "JUDGED",
    "SUCCESS",
    "AcceptedPredictions",
    "Buckets",
    "Budget",
    "ChangedMeaning",
    "Contributions",
    "DamagedState",
    "Exemplar",
    "FeatureRegistry",
    "Ladder",
    "LatencyExemplars",
    "Meanings",
    "Past",
    "SeriesKey",
    "SeriesRegistry",
    "Statuses",
    "Sums",
    "Tally",
    "budget",
    "discover",
    "worst_case",
]
