"""The loop that wires the rooms: the only place, beside the command line, that knows them all."""

from ml_exporter.pipeline.daemon import run
from ml_exporter.pipeline.engine import Engine
from ml_exporter.pipeline.kinds import load_configuration, plug_in_kinds
from ml_exporter.pipeline.status import FeedStatus

__all__ = ["Engine", "FeedStatus", "load_configuration", "plug_in_kinds", "run"]
