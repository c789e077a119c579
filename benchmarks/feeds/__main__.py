"""Measure every kind of feed, or those named: read, decoded, joined, folded over 1,000 versions, durable."""

import argparse
import importlib
import pkgutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import benchmarks.feeds
from benchmarks.feeds import Prepare, Rate
from benchmarks.feeds.files import json_lines
from benchmarks.pipeline.setting import BEGIN, settings
from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.config import Monitoring
from ml_exporter.feeds import FeedContext
from ml_exporter.ledger import SegmentedLedger
from ml_exporter.pipeline import Engine, plug_in_kinds

_BESIDE = "JSON lines"
"""What the others are compared with."""


def cases() -> Mapping[str, Rate]:
    """Collect what this package's modules measure."""
    found: dict[str, Rate] = {}
    for module in pkgutil.iter_modules(benchmarks.feeds.__path__):
        if module.name != "__main__":
            own = importlib.import_module(f"benchmarks.feeds.{module.name}")
            found.update({name: partial(measure, prepare) for name, prepare in getattr(own, "CASES", {}).items()})
            found.update(getattr(own, "RATES", {}))
    return found


def measure(prepare: Prepare, pairs: int) -> float:
    """Return events a second of the processor, all threads of this process counted."""
    with TemporaryDirectory(prefix="feed-benchmark-") as name, prepare(Path(name), pairs) as sources:
        configured = Monitoring.model_validate(settings() | {"feeds": sources}, context=vars(plug_in_kinds()))
        models = {model.name: model for model in configured.models}
        context = FeedContext(Path(name), models, ManualClock(2 * BEGIN))
        ledger = SegmentedLedger(Path(name) / "data")
        engine = Engine(configured, ledger)
        began, events = time.process_time(), 0
        for own in configured.feeds:
            opened = feeds.kinds()[own.kind].open(own, context, None)
            while events < 2 * pairs and (batch := opened.read()) is not None:
                engine.process(batch, context.clock.now())
                events += batch.read
            opened.close()
        ledger.settle()
        took = time.process_time() - began
        assert events == 2 * pairs, f"{events} events came of {2 * pairs}"
        assert sum(ledger.pending().values()) == 0, "not every label found its prediction"
        ledger.close()
    return events / took


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feeds", description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"any of: {', '.join(cases())}; nothing: all of them")
    parser.add_argument("--pairs", type=int, default=100_000, help="predictions, and as many labels")
    arguments = parser.parse_args()
    chosen = {name: rate for name, rate in cases().items() if name in (arguments.cases or cases())}
    beside = measure(json_lines, arguments.pairs)
    print("| Feed | Events a CPU second | To JSON lines |\n| --- | --- | --- |")
    for name, measured in chosen.items():
        rate = beside if name == _BESIDE else measured(arguments.pairs)
        print(f"| {name} | {rate:,.0f} | {rate / beside:.2g} |", flush=True)


if __name__ == "__main__":
    main()
