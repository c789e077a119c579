"""What an update costs in processor time: 1,000 series x 10 metrics at once."""

import time

import numpy as np

from benchmarks.detection.contenders import ERROR_RATE, OUTCOMES, known_baseline, minute_of
from ml_exporter.detectors import Settings, State, detector, detectors, ensemble, latch

STREAMS, UPDATES = 10_000, 240


def measure() -> dict[str, tuple[float, float, float]]:
    """Return median, mean and largest milliseconds of an update by detector, and of the fleet's judgement."""
    random = np.random.default_rng(0)
    bad = [random.binomial(OUTCOMES, ERROR_RATE, STREAMS).astype(float) for _ in range(UPDATES)]
    buckets = [minute_of(minute, counts) for minute, counts in enumerate(bad)]
    baseline, settings = known_baseline(STREAMS), Settings()
    found = {}
    for each in detectors():
        state: State = each.start(STREAMS)
        taken = []
        for bucket in buckets:
            began = time.process_time()
            state, _ = each.update(state, baseline, bucket, settings)
            taken.append(time.process_time() - began)
        found[each.name] = _milliseconds(taken)
    sequential, held = detector("sequential"), latch.start(STREAMS)
    _, evidence = sequential.update(sequential.start(STREAMS), baseline, buckets[0], settings)
    taken = []
    for bucket in buckets:
        began = time.process_time()
        alarms = ensemble.fleet_alarms(ensemble.average([evidence, evidence]))
        held, _ = latch.update(held, alarms, baseline, bucket, settings)
        taken.append(time.process_time() - began)
    found["average, e-d-BH and latch"] = _milliseconds(taken)
    return found


def _milliseconds(taken: list[float]) -> tuple[float, float, float]:
    return float(np.median(taken)) * 1e3, float(np.mean(taken)) * 1e3, max(taken) * 1e3


def table(found: dict[str, tuple[float, float, float]]) -> str:
    """Return the costs as a table."""
    lines = ["| | median ms | mean ms | largest ms |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {name} | {' | '.join(f'{each:.2f}' for each in costs)} |" for name, costs in found.items()]
    default = ("sequential", "change_point", "trend", "average, e-d-BH and latch")
    median, mean = (sum(found[name][place] for name in default) for place in (0, 1))
    lines.append(f"| **what runs by default on a proportion** | **{median:.1f}** | **{mean:.1f}** | |")
    return "\n".join(lines)
