"""A process that fills a ledger until it kills itself at a named point: folder, point, how many times it is passed.

Each batch is one transaction: predictions, labels, sums of what was judged. So the sums tell how far it came.
"""

import os
import signal
import sys
from pathlib import Path

from ml_exporter.ledger import Ledger
from ml_exporter.ledger.segmented import SegmentedLedger, Sizes
from tests.builders import label_rows, prediction_rows

SIZES = Sizes(run_rows=256, merged_segments=3, merged_rows=4096, kept_changes=600, run_batches=40)
BATCHES = 60
ROWS = 100


def take(ledger: Ledger, batch: int) -> None:
    """Take a batch: predictions, labels of the batch before and after, some of them twice; forget what is old."""
    with ledger.transaction():
        rows = [(f"{batch}-{row}", row % 2, float(batch)) for row in range(ROWS)]
        waiting = ledger.add_predictions(prediction_rows(rows))
        labels = [(f"{batch - 1}-{row}", str(row % 3), batch + 0.5) for row in range(0, ROWS, 2)]
        labels += [(f"{batch + 1}-{row}", "1", batch + 0.5) for row in (1, 3)]
        joined = ledger.add_labels(label_rows(labels + labels[:5]))
        expired = sum(ledger.expire_predictions(0, batch - 20.0).values())
        ledger.expire_labels(batch - 20.0)
        counts = [int(count) for count in (ledger.read("counts") or b"0 0 0").split()]
        judged = len(waiting.judged.label_time) + len(joined.judged.label_time)
        counts = [counts[0] + 1, counts[1] + judged, counts[2] + expired]
        ledger.write("counts", " ".join(map(str, counts)).encode())


def main(folder: Path, point: str, before: int) -> None:
    left = before

    def reached(here: str) -> None:
        nonlocal left
        if here == point:
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    ledger = SegmentedLedger(folder, SIZES, reached)
    done = int((ledger.read("counts") or b"0").split()[0])
    for batch in range(done, BATCHES):
        take(ledger, batch)
    ledger.flush()
    ledger.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
