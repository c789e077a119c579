"""The algebra of it: whatever the exporter answers and whenever a process dies, every event is somewhere, and once."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ml_exporter.client.settings import Limits
from tests.client.delivering import Delivering, delivering
from tests.client.far_end import FarEnd, Said, far_end

LIMITS = Limits(memory_events=40, batch_events=7, segment_bytes=150, spool_bytes=2000, batch_bytes=400)

ANSWERS = st.sampled_from(
    [
        None,
        None,
        Said(503),
        Said(429, {"Retry-After": "2"}),
        Said(500, takes=True),
        Said(0, takes=True, cuts=True),
        Said(0, cuts=True),
        Said(413),
        Said(401),
    ]
)


class Chaos(RuleBasedStateMachine):
    """One process after another, over one spool; each may be killed, and leaves what was on disk."""

    @initialize(spooling=st.booleans(), ahead=st.booleans())
    def begin(self, *, spooling: bool, ahead: bool) -> None:
        self._context = far_end()
        self.end: FarEnd = self._context.__enter__()
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name) if spooling else None
        self.ahead = ahead
        self.recorded = self.dropped = self.killed_with = self.too_large = 0
        self.parts = self._open()

    def _open(self) -> Delivering:
        parts = delivering(self.end.url, self.folder, LIMITS, write_ahead=self.ahead)
        parts.put = self.recorded
        return parts

    @rule(count=st.integers(1, 12))
    def record(self, count: int) -> None:
        self.parts.record(count)
        self.recorded += count

    @rule(answers=st.lists(ANSWERS, max_size=4))
    def answers(self, answers: list[Said | None]) -> None:
        self.end.next.extend(one or Said(202, takes=True) for one in answers)

    @rule(seconds=st.sampled_from([0.0, 0.3, 3.0, 70.0]))
    def turn(self, seconds: float) -> None:
        self.parts.clock.advance(seconds)
        self.parts.delivery.turn()

    @rule()
    def killed(self) -> None:
        """A kill takes what is in memory, and releases the locks."""
        self._count_dropped()
        self.killed_with += self.parts.buffer.events
        self._release()
        self.parts = self._open()

    @rule()
    def ended(self) -> None:
        """An end in order spools what is in memory, where there is a spool."""
        self.parts.close()
        self._count_dropped()
        self.killed_with += self.parts.buffer.events
        self.parts = self._open()

    def _count_dropped(self) -> None:
        self.dropped += self.parts.buffer.dropped + (self.parts.spool.dropped if self.parts.spool else 0)
        self.too_large += self.parts.delivery.rejected

    def _release(self) -> None:
        self.parts.transport.close()
        if self.parts.spool is not None:
            self.parts.spool.abandon()

    def _lost(self) -> int:
        here = self.parts
        dropped = here.buffer.dropped + (here.spool.dropped if here.spool else 0)
        return self.dropped + dropped + self.killed_with + self.too_large + here.delivery.rejected

    @invariant()
    def bounds_hold(self) -> None:
        if not hasattr(self, "parts"):
            return
        assert self.parts.buffer.events <= LIMITS.memory_events
        if self.parts.spool is not None:
            assert self.parts.spool.size <= LIMITS.spool_bytes

    def teardown(self) -> None:
        """Let the exporter be well again, send everything, and count."""
        if not hasattr(self, "parts"):
            return
        try:
            self.end.next.clear()
            for _ in range(400):
                self.parts.clock.advance(70.0)
                if self.parts.delivery.turn() is None:
                    break
            assert self.parts.delivery.idle
            there = {int(event["prediction_id"]) for event in self.end.predictions}
            assert there <= set(range(self.recorded)), "nothing was made up"
            assert self.recorded - len(there) <= self._lost(), "what is not there was counted as lost"
            if self.recorded and not self._lost():
                assert len(there) == self.recorded
            self.parts.close()
            if self.folder is not None:
                assert not list(self.folder.glob("*/*.jsonl")), "the spool is empty"
        finally:
            self.parts.transport.close()
            self._context.__exit__(None, None, None)
            self._folder.cleanup()


TestChaos: Any = Chaos.TestCase
TestChaos.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
