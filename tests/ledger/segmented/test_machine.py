"""The segmented ledger under the machine: rows move, files are written, and it crashes on the way."""

from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import rule

from ml_exporter.ledger import Ledger
from ml_exporter.ledger.segmented import SegmentedLedger
from tests.ledger.machine import LedgerMachine, Reached
from tests.ledger.segmented.sizes import TINY
from tests.ledger.segmented.writer import PatientWriter


class SegmentedMachine(LedgerMachine):
    points = (
        "flush half-written",
        "flush written",
        "merge half-written",
        "merge written",
        "flags written",
        "before commit",
        "after commit",
        "after sweep",
    )

    def opened(self, folder: Path, reached: Reached) -> Ledger:
        self.writer = PatientWriter()
        return SegmentedLedger(folder, TINY, reached, self.writer)

    def abandon(self, ledger: Ledger) -> None:
        assert isinstance(ledger, SegmentedLedger)
        ledger.abandon()

    @rule()
    def a_segment_is_written(self) -> None:
        self.writer.work()

    @rule()
    def it_flushes(self) -> None:
        assert isinstance(self.ledger, SegmentedLedger)
        self.ledger.flush()
        self.compare()


TestSegmentedMachine = SegmentedMachine.TestCase
TestSegmentedMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
