"""The HTTP server: what it refused, its web configuration file, and what is sent to it."""

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
ACKNOWLEDGED = Family(
    "ml_exporter_http_acknowledged_requests_total",
    "counter",
    "Requests with events whose senders were told that these are durable, since the process started.",
    ("feed",),
    _AREA,
)
QUEUED_REQUESTS = Family(
    "ml_exporter_http_queued_requests",
    "gauge",
    "Requests with events that are being read, or wait to be durable.",
    ("feed",),
    _AREA,
)
QUEUED_REQUESTS_LIMIT = Family(
    "ml_exporter_http_queued_requests_limit",
    "gauge",
    "How many of them there may be; further ones are refused with 429.",
    ("feed",),
    _AREA,
)
QUEUED_BYTES = Family(
    "ml_exporter_http_queued_bytes", "gauge", "Bytes that these requests take, unpacked.", ("feed",), _AREA
)
QUEUED_BYTES_LIMIT = Family(
    "ml_exporter_http_queued_limit_bytes",
    "gauge",
    "How many bytes they may take; further ones are refused with 429.",
    ("feed",),
    _AREA,
)
FAMILIES = (
    REFUSED,
    WEB_CONFIG_GOOD,
    ACKNOWLEDGED,
    QUEUED_REQUESTS,
    QUEUED_REQUESTS_LIMIT,
    QUEUED_BYTES,
    QUEUED_BYTES_LIMIT,
)
