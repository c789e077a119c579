"""What the producer says about itself, for the display: one small file, replaced as a whole."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

STATE_FILE = "producer.json"

FINISHED = "finished"
"""The phase in which every flight has departed and landed."""


@dataclass(frozen=True)
class ProducerState:
    """What the producer is doing."""

    phase: str = "starting"
    """starting, training, replaying, or FINISHED"""

    flights_time: str = ""
    predictions: int = 0
    labels: int = 0
    corrupted_at: float = 0.0
    """Wall time, seconds since the epoch; 0: not yet."""


def write_state(folder: Path, state: ProducerState) -> None:
    """Replace the state file as a whole: a reader never sees half of it."""
    fresh = folder / f"{STATE_FILE}.new"
    fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
    fresh.replace(folder / STATE_FILE)


def read_state(folder: Path) -> ProducerState:
    """Return what the producer last said, or that it is starting."""
    try:
        return ProducerState(**json.loads((folder / STATE_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ProducerState()
