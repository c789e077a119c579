"""Who may ask, and over what: TLS, basic auth, headers and rate, by a web configuration file."""

from ml_exporter.server.web.file import Web, WebConfigFile, without_file
from ml_exporter.server.web.gate import Gate, bearer_token
from ml_exporter.server.web.tls import FreshContext

__all__ = ["FreshContext", "Gate", "Web", "WebConfigFile", "bearer_token", "without_file"]
