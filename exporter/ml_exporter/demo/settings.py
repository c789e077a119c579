"""How the demo runs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoSettings:
    """What can be chosen on the command line, which has the defaults."""

    folder: Path
    """The working folder; what an earlier demo left there is removed."""

    factor: float
    """How many times faster than life the flights go."""

    corrupt_after: float
    """Seconds of replay until one input of the model breaks."""

    once: bool
    """Whether to end when everything has been shown, rather than at Ctrl-C."""

    deadline: float
    """Seconds after which a demo that is to end has failed."""
