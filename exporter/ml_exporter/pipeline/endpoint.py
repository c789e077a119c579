"""The exporter's endpoint: the server with all that it shows beside the snapshots."""

from pathlib import Path

from ml_exporter import collectors
from ml_exporter.clock import Clock
from ml_exporter.collectors import CollectorContext, Collectors
from ml_exporter.config import Monitoring
from ml_exporter.server import (
    HttpServer,
    Refusals,
    SnapshotHolder,
    WebConfigFile,
    make_app,
    samples_at_scrape,
    without_file,
)


def make_server(monitoring: Monitoring, folder: Path, holder: SnapshotHolder, clock: Clock) -> HttpServer:
    """Return the server, bound to its addresses and not yet started.

    Args:
        monitoring: the configuration.
        folder: where its file lies: relative paths start there.
        holder: will have the snapshots.
        clock: the time.

    Raises:
        AddressError: an address cannot be listened on.
        ConfigurationError: the web configuration file cannot be used.
    """
    settings = monitoring.server
    web = without_file if settings.web_config_file is None else WebConfigFile(folder / settings.web_config_file).current
    refusals = Refusals()
    machine = Collectors.of(
        collectors.kinds(),
        monitoring.collectors,
        CollectorContext(folder, monitoring.models),
        clock,
        settings.collector_patience.seconds,
    )
    app = make_app(holder, lambda: samples_at_scrape(machine, refusals, web), refusals)
    return HttpServer(app, settings, web, refusals)
