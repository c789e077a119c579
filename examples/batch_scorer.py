"""A job that scores a file once a day, and records what it predicts: nothing is lost where the exporter is away.

pip install "ml-exporter" scikit-learn
ML_EXPORTER_URL=http://localhost:9877 python batch_scorer.py customers.csv scores.csv
"""

import csv
import sys
from pathlib import Path

from churn_model import trained

from ml_exporter.client import Limits, Recorder
from ml_exporter.client.scikit_learn import Monitored


def main(source: str, target: str) -> None:
    """Score the customers of one file into another one, under their own ids."""
    with Path(source).open(encoding="utf-8", newline="") as file:
        customers = list(csv.DictReader(file))
    rows = [[int(one["months"]), int(one["calls"])] for one in customers]
    limits = Limits(wait_for_room=60)  # a job may wait, a service may not
    with Recorder(model_name="churn", model_version="v1", spool="unsent", write_ahead=True, limits=limits) as recorder:
        model = Monitored(trained(), recorder)
        scores = model.predict_proba(rows, prediction_ids=[one["id"] for one in customers])[:, 1]
        with Path(target).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(zip([one["id"] for one in customers], scores, strict=True))
        if not recorder.flush(5):
            print(f"the exporter is away: {recorder.statistics.last_error}; the next run sends the rest from unsent/")


if __name__ == "__main__":
    main(*sys.argv[1:])
