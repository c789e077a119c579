"""Adding up on executors what Spark has joined: new predictions, pairs, and predictions that no label has reached."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from ml_exporter.config import Monitoring
from ml_exporter.events import JoinedEvents, Labels
from ml_exporter.pipeline import Tallying, open_store
from ml_exporter.spark.decoding import Batches, Step
from ml_exporter.spark.sums import rows_of
from ml_exporter.spark.transit import Transit, categorical

MADE, JOINED, UNJOINED = "made", "joined", "unjoined"
"""What a row tells: a prediction was made, its label came, or none will. The column ``tells``."""

LABEL_COLUMNS = ("label_time", "label_actual", "label_value")
"""Of the label, in a row that tells of a pair."""


def adding_up(monitoring: Monitoring, at: float) -> Step:
    """Return the step that adds up.

    Args:
        monitoring: the configuration.
        at: the time of looking, seconds since the epoch.
    """

    def step(batches: Batches) -> Batches:
        transit = Transit.of(monitoring)
        with TemporaryDirectory(prefix="ml-exporter-") as folder:
            ledger = open_store(Path(folder))  # joins nothing here: Spark has
            try:
                tallying = Tallying(monitoring, ledger, at)
                for batch in batches:
                    _take(tallying, transit, batch)
                yield from rows_of(tallying.tallied())
            finally:
                ledger.close()

    return step


def _take(tallying: Tallying, transit: Transit, batch: pa.RecordBatch) -> None:
    tells = np.asarray(batch.column("tells").to_pylist())
    for what in (MADE, JOINED, UNJOINED):
        rows = batch.filter(pa.array(tells == what))
        if not rows.num_rows:
            continue
        predictions, _ = transit.unpack(rows.select(transit.schema.names))
        if what == MADE:
            tallying.take_new(predictions)
        elif what == UNJOINED:
            tallying.take_unjoined(predictions)
        else:
            labels = Labels(
                prediction_id=predictions.prediction_id,
                timestamp=rows.column("label_time").to_numpy(),
                model=predictions.model,
                actual=categorical(rows.column("label_actual")),
                value=rows.column("label_value").to_numpy(),
            )
            tallying.take_joined(JoinedEvents(predictions, labels))
