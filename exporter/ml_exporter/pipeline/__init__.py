"""The loop that wires the rooms: the only place, beside the command line, that knows them all."""

from ml_exporter.pipeline.aggregates import aggregates
from ml_exporter.pipeline.baseline_requests import BaselineRequest, leave_request
from ml_exporter.pipeline.daemon import run
from ml_exporter.pipeline.engine import Engine
from ml_exporter.pipeline.history import moments, openmetrics_history
from ml_exporter.pipeline.kinds import load_configuration, plug_in_kinds
from ml_exporter.pipeline.past_of_rows import UnusableRows, past_of_rows
from ml_exporter.pipeline.reference import UnusableReference
from ml_exporter.pipeline.status import FeedStatus
from ml_exporter.pipeline.store import open_store
from ml_exporter.pipeline.stored_baselines import StoredBaseline, carry_out, stored_baselines, stored_history
from ml_exporter.pipeline.stored_past import Past, stored_past
from ml_exporter.pipeline.tallying import Tallying, UndecidedFeature

__all__ = [
    "BaselineRequest",
    "Engine",
    "FeedStatus",
    "Past",
    "StoredBaseline",
    "Tallying",
    "UndecidedFeature",
    "UnusableReference",
    "UnusableRows",
    "aggregates",
    "carry_out",
    "leave_request",
    "load_configuration",
    "moments",
    "open_store",
    "openmetrics_history",
    "past_of_rows",
    "plug_in_kinds",
    "run",
    "stored_baselines",
    "stored_history",
    "stored_past",
]
