"""The configuration: whether what is in force is what its file says."""

from ml_exporter.catalogue.definition import Family

_AREA = "the exporter itself"

LAST_RELOAD_SUCCESSFUL = Family(
    "ml_exporter_config_last_reload_successful",
    "gauge",
    "Whether the configuration was taken up when it was last to be read; 0: it could not be used, and what was in force"
    " before still is.",
    (),
    _AREA,
)
LAST_RELOAD_SUCCESS = Family(
    "ml_exporter_config_last_reload_success_timestamp_seconds",
    "gauge",
    "When the configuration that is in force was read.",
    (),
    _AREA,
)
FAMILIES = (LAST_RELOAD_SUCCESSFUL, LAST_RELOAD_SUCCESS)
