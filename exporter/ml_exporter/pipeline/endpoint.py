"""The exporter's endpoint: the server with all that it shows beside the snapshots."""

from collections.abc import Iterable
from pathlib import Path

from ml_exporter import collectors
from ml_exporter.clock import Clock
from ml_exporter.collectors import CollectorContext, Collectors
from ml_exporter.config import Monitoring
from ml_exporter.feeds import Inboxes
from ml_exporter.pipeline.reload import Reloads
from ml_exporter.server import (
    HttpServer,
    Refusals,
    SnapshotHolder,
    WebConfigFile,
    make_app,
    samples_at_scrape,
    without_file,
)
from ml_exporter.snapshot import Samples


class Endpoint:
    """The server, bound to its addresses and not yet started."""

    def __init__(
        self,
        monitoring: Monitoring,
        folder: Path,
        holder: SnapshotHolder,
        clock: Clock,
        reloads: Reloads,
        inboxes: Inboxes,
    ) -> None:
        """Bind the addresses.

        Args:
            monitoring: the configuration.
            folder: where its file lies: relative paths start there.
            holder: will have the snapshots.
            clock: the time.
            reloads: shows how the last reload ended, and takes wishes where the configuration allows it.
            inboxes: where what is sent is left for the feeds.

        Raises:
            AddressError: an address cannot be listened on.
            ConfigurationError: the web configuration file cannot be used.
        """
        settings = monitoring.server
        path = settings.web_config_file
        web = without_file if path is None else WebConfigFile(folder / path).current
        refusals = Refusals()
        self._folder = folder
        self._clock = clock
        self._inboxes = inboxes
        self._inboxes.expect(monitoring.feeds)
        self._machine = self._collectors(monitoring)

        def at_scrape() -> Iterable[Samples]:
            yield from samples_at_scrape(self._machine, refusals, web, inboxes)
            yield from reloads.samples()

        reload = reloads.ask_and_wait if settings.enable_reload else None
        app = make_app(holder, at_scrape, refusals, reload, inboxes)
        self.server = HttpServer(app, settings, web, refusals, inboxes)

    def take_up(self, monitoring: Monitoring) -> None:
        """Work as another configuration says; a collection that is on its way is left to itself."""
        self._inboxes.expect(monitoring.feeds)
        self._machine = self._collectors(monitoring)

    def _collectors(self, monitoring: Monitoring) -> Collectors:
        return Collectors.of(
            collectors.kinds(),
            monitoring.collectors,
            CollectorContext(self._folder, monitoring.models),
            self._clock,
            monitoring.server.collector_patience.seconds,
        )
