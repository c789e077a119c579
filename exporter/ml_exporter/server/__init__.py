"""The HTTP server: /metrics, health, and a page for people who come by."""

from ml_exporter.server.app import make_app
from ml_exporter.server.at_scrape import samples_at_scrape
from ml_exporter.server.listening import AddressError
from ml_exporter.server.newest import SnapshotHolder
from ml_exporter.server.probe import Unhealthy, probe
from ml_exporter.server.refusals import Refusals
from ml_exporter.server.serving import HttpServer
from ml_exporter.server.web import WebConfigFile, without_file

__all__ = [
    "AddressError",
    "HttpServer",
    "Refusals",
    "SnapshotHolder",
    "Unhealthy",
    "WebConfigFile",
    "make_app",
    "probe",
    "samples_at_scrape",
    "without_file",
]
