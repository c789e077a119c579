"""Reload: the configuration is read again, and what it says taken up, without an end and a new beginning.

Everything that lasts is in the store, after each batch and each tick. So a new engine over the same store is what a
restart with the new file would bring, and the old one stays where the new one cannot be made.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import structlog

from ml_exporter.catalogue import configuration as families
from ml_exporter.clock import Clock
from ml_exporter.config import ConfigurationError, Monitoring, Problem
from ml_exporter.ledger import DamagedStore, Ledger, StoreError
from ml_exporter.pipeline.engine import Engine
from ml_exporter.pipeline.reference import UnusableReference, load_references
from ml_exporter.snapshot import Samples
from ml_exporter.tallies import ChangedMeaning, DamagedState

_log = structlog.get_logger(__name__)

_KEPT = "configuration kept as it was, since the file cannot be used"
_RELOADED = ("collector_patience",)
"""What of the section ``server`` a reload changes: the rest is bound to sockets that are open."""


class Reloads:
    """Takes wishes for a reload, from any thread, and knows how the last one ended."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        """Begin with the configuration that the process started with.

        Args:
            clock: the time.
            wake: called for each wish, so that somebody fulfils it.
        """
        self._clock = clock
        self._wake = wake
        self._changed = threading.Condition()
        self._asked = self._done = 0
        self._good = True
        self._since = clock.now()

    def ask(self) -> None:
        """Wish for a reload."""
        with self._changed:
            self._asked += 1
        self._wake()

    def ask_and_wait(self, seconds: float) -> bool | None:
        """Wish for a reload and wait for it; return whether it succeeded, ``None`` where it takes longer."""
        with self._changed:
            self._asked += 1
            wish = self._asked
        self._wake()
        with self._changed:
            return self._good if self._changed.wait_for(lambda: self._done >= wish, timeout=seconds) else None

    @property
    def due(self) -> bool:
        """Whether somebody wishes for a reload that has not been begun."""
        return self._asked > self._done

    def fulfil(self, reload: Callable[[], bool]) -> None:
        """Reload once for all wishes so far.

        Args:
            reload: does it, and returns whether it succeeded.
        """
        with self._changed:
            wishes = self._asked
        good = reload()
        with self._changed:
            self._done, self._good = wishes, good
            if good:
                self._since = self._clock.now()
            self._changed.notify_all()

    def samples(self) -> Iterable[Samples]:
        """Return the families that tell how the last reload ended."""
        with self._changed:
            good, since = self._good, self._since
        yield Samples(families.LAST_RELOAD_SUCCESS, [((), since)])
        yield Samples(families.LAST_RELOAD_SUCCESSFUL, [((), float(good))])


def take_up(
    load: Callable[[], Monitoring], before: Monitoring, folder: Path, ledger: Ledger, clock: Clock
) -> tuple[Monitoring, Engine] | None:
    """Read the configuration again and go on from what the store holds, as a restart would.

    Args:
        load: reads the configuration.
        before: what is in force.
        folder: where relative paths start.
        ledger: the open store; every batch and tick before is in it.
        clock: the time.

    Returns:
        The new configuration and its engine; ``None`` where it cannot be used: the log has every reason, and nothing
        has changed.

    Raises:
        DamagedStore: the store is damaged, so that nothing can go on.
    """
    try:
        monitoring = load()
        fixed = list(_changed_by_a_restart_only(before, monitoring))
        if fixed:
            raise ConfigurationError(folder, fixed)
        engine = Engine(monitoring, ledger, load_references(monitoring, folder, clock))
    except DamagedStore:
        raise
    except (ConfigurationError, UnusableReference, ChangedMeaning, DamagedState, StoreError) as error:
        for problem in error.problems if isinstance(error, ConfigurationError) else [error]:
            _log.error(_KEPT, problem=str(problem))
        return None
    except Exception as error:  # noqa: BLE001 - whatever a file makes go wrong, what is in force goes on
        _log.error(_KEPT, problem=f"{type(error).__name__}: {error}", exc_info=error)
        return None
    _log.info("configuration reloaded", **_difference(before, monitoring))
    return monitoring, engine


def _changed_by_a_restart_only(before: Monitoring, after: Monitoring) -> Iterator[Problem]:
    """Find what the process has opened and cannot change while it runs."""
    message = "takes a restart to change; restart the exporter, or undo the change"
    if before.store != after.store:
        yield Problem("store.path", f"{after.store.path!r} {message}")
    for name in type(after.server).model_fields:
        if name not in _RELOADED and getattr(before.server, name) != getattr(after.server, name):
            yield Problem(f"server.{name}", message)


def _difference(before: Monitoring, after: Monitoring) -> dict[str, list[str]]:
    """Return what a line of the log says of a change: names that came, went, or whose settings are others."""
    told: dict[str, list[str]] = {}
    for what in ("models", "feeds"):
        old, new = ({one.name: one for one in getattr(each, what)} for each in (before, after))
        told[f"{what}_added"] = [name for name in new if name not in old]
        told[f"{what}_removed"] = [name for name in old if name not in new]
        told[f"{what}_changed"] = [name for name in new if name in old and new[name] != old[name]]
    return {name: names for name, names in told.items() if names}
