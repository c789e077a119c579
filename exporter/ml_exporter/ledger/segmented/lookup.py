"""Looking ids up in a store that another process may own."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.hashing import hash_ids
from ml_exporter.ledger.segmented.inspection import looked_at


def known_predictions(folder: Path, ids: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which ids a store knows as those of predictions, of whichever model; (ids,).

    Raises:
        StoreError: there is no store, or it is damaged.
    """
    known = np.zeros(len(ids), dtype=np.bool_)
    with looked_at(folder, verify=False) as tables:
        for _, _, found in tables.predictions.find(hash_ids(ids)):
            known[found.query] = True
    return known
