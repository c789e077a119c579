"""What every ledger must do. An implementation's test module inherits ``LedgerContract`` and gives an ``opened``."""

from tests.ledger.contract.any_order import AnyOrderContract
from tests.ledger.contract.corrections import CorrectionsContract
from tests.ledger.contract.joining import JoiningContract
from tests.ledger.contract.silence import SilenceContract
from tests.ledger.contract.widths import WidthsContract


class LedgerContract(JoiningContract, CorrectionsContract, SilenceContract, WidthsContract, AnyOrderContract):
    """Inherit and define ``opened(folder)``."""
