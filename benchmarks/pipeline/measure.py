"""Measures one part in a process of its own: ``python -m benchmarks.pipeline.measure PART [ARGUMENT]``."""

import json
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.pipeline import decoding, folding, living, peers, profiling, whole

PARTS: dict[str, Callable[..., Any]] = {
    "decoding": decoding.measure,
    "folding": folding.measure,
    "whole": lambda pending: whole.measure(int(pending)),
    "whole with features": lambda pending: whole.measure(int(pending), features=True),
    "river": lambda: {"slices": peers.river(slices=True), "whole": peers.river(slices=False)},
    "naive": peers.naive,
    "profile": profiling.measure,
    "backlog": lambda versions: living.backlog(int(versions)),
    "restart": living.restart,
    "scrapes": lambda versions: living.scrapes(int(versions)),
}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
