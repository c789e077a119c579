"""The plain ledger under the machine."""

from pathlib import Path

from hypothesis import settings

from ml_exporter.ledger import Ledger, SqliteLedger
from tests.ledger.machine import LedgerMachine, Reached


class SqliteMachine(LedgerMachine):
    def opened(self, folder: Path, _reached: Reached) -> Ledger:
        return SqliteLedger(folder)


TestSqliteMachine = SqliteMachine.TestCase
TestSqliteMachine.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
