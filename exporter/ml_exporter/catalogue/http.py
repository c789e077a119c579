"""The HTTP server: what it refused, and its web configuration file."""

from ml_exporter.catalogue.definition import Family

_AREA = "the exporter itself"

REFUSED = Family(
    "ml_exporter_http_refused_total",
    "counter",
    "Connections and requests that the server refused or cut off, since the process started.",
    ("reason",),
    _AREA,
)
WEB_CONFIG_GOOD = Family(
    "ml_exporter_web_config_last_load_successful",
    "gauge",
    "1 while server.web_config_file is in force as it is; 0: it has become bad, and what it said before is in force.",
    (),
    _AREA,
)
FAMILIES = (REFUSED, WEB_CONFIG_GOOD)
