"""The HTTP server: /metrics, health, and a page for people who come by."""

from ml_exporter.server.app import SnapshotHolder, make_app
from ml_exporter.server.listen import AddressError, HttpServer

__all__ = ["AddressError", "HttpServer", "SnapshotHolder", "make_app"]
