"""The process that serves a model, with its children."""

from ml_exporter.catalogue.definition import Family

_AREA = "serving"

MEMORY_USAGE = Family(
    "ml_model_memory_usage_bytes",
    "gauge",
    "Memory of the model's serving process and its children. Pages that they share count once where the system tells"
    " (proportional set size), else once for each of them (resident set size).",
    ("model_name",),
    _AREA,
)
ACTIVE_CONNECTIONS = Family(
    "ml_active_connections",
    "gauge",
    "TCP connections that are established with the model's serving process.",
    ("model_name",),
    _AREA,
)
FAMILIES = (MEMORY_USAGE, ACTIVE_CONNECTIONS)
