"""All collectors together, as a scrape sees them."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Self

from ml_exporter.catalogue import collectors as families
from ml_exporter.clock import Clock
from ml_exporter.collectors.interface import CollectorContext, CollectorKind, Reading
from ml_exporter.collectors.runner import CollectorRunner
from ml_exporter.config import CollectorSettings


class Collectors:
    """The collectors that are switched on."""

    def __init__(self, runners: Mapping[str, CollectorRunner], patience: float) -> None:
        """Take the collectors together.

        Args:
            runners: by name.
            patience: seconds that a scrape waits for them, for all together.
        """
        self._runners = runners
        self._patience = patience

    @classmethod
    def of(
        cls,
        kinds: Mapping[str, CollectorKind],
        settings: Mapping[str, CollectorSettings],
        context: CollectorContext,
        clock: Clock,
        patience: float,
    ) -> Self:
        """Prepare the collectors that the settings switch on."""
        enabled = {name: chosen for name, chosen in settings.items() if chosen.enabled}
        return cls(
            {
                name: CollectorRunner(name, chosen, partial(kinds[name].open, chosen, context), clock)
                for name, chosen in enabled.items()
            },
            patience,
        )

    def gather(self) -> Sequence[Reading]:
        """Let every collector read the machine, and return what they read, each family once, in order of name."""
        for runner in self._runners.values():
            runner.begin()
        until = time.monotonic() + self._patience
        outcomes = {
            name: outcome
            for name, runner in self._runners.items()
            if (outcome := runner.outcome(max(0.0, until - time.monotonic()))) is not None
        }
        read = [reading for outcome in outcomes.values() for reading in outcome.readings if reading.samples]
        known = outcomes.items()
        told = [
            Reading(families.SUCCESS, [((name,), float(outcome.problem is None)) for name, outcome in known]),
            Reading(families.DURATION, [((name,), outcome.seconds) for name, outcome in known]),
            Reading(
                families.LAST_SUCCESS,
                [((name,), outcome.succeeded_at) for name, outcome in known if outcome.succeeded_at is not None],
            ),
        ]
        return sorted(read + [reading for reading in told if reading.samples], key=lambda reading: reading.family.name)
