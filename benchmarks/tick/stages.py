"""Which part of a tick takes how long: the functions that a tick is made of, each with a watch around it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from ml_exporter.detectors import ObjectiveJudge
from ml_exporter.detectors.degradation import DegradationJudge
from ml_exporter.detectors.drift import DriftWatch
from ml_exporter.pipeline import Engine
from ml_exporter.pipeline import engine as engine_module
from ml_exporter.snapshot import Renderer
from ml_exporter.snapshot import snapshot as snapshot_module
from ml_exporter.tallies import Buckets

_PARTS: tuple[tuple[str, Any, str], ...] = (
    ("buckets rolled up", Buckets, "roll_up"),
    ("windows", engine_module, "windows_at"),
    ("windows", engine_module, "lifetimes"),
    ("windows", engine_module, "by_age"),
    ("objectives", ObjectiveJudge, "judge"),
    ("degradation", DegradationJudge, "judge"),
    ("drift", DriftWatch, "learn"),
    ("drift", DriftWatch, "compare"),
    ("what has changed is stored", DegradationJudge, "changes"),
    ("what has changed is stored", Buckets, "changes"),
    ("what has changed is stored", Engine, "_write_join"),
    ("metrics and intervals", snapshot_module, "fill_all"),
    ("rendering", Renderer, "render"),
    ("compression", snapshot_module, "expositions"),
)
REST = "all else: commit, state, expiry"
NAMES = (*dict.fromkeys(name for name, _, _ in _PARTS), REST)


class Stages:
    """Seconds of the processor by stage, added up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch all that ticks within the context; what is no known stage is the rest."""
        with ExitStack() as stack:
            for name, owner, attribute in _PARTS:
                watched = self._watched(name, getattr(owner, attribute))
                stack.enter_context(patch.object(owner, attribute, watched))
            began = time.process_time()
            before = sum(self.seconds.values())
            yield
            known = sum(self.seconds.values()) - before
            self.seconds[REST] += time.process_time() - began - known

    def _watched(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.process_time()
            try:
                return work(*arguments, **options)
            finally:
                self.seconds[name] += time.process_time() - began

        return timed
