"""The collectors themselves: how each of them fares."""

from ml_exporter.catalogue.definition import Family

_AREA = "the exporter itself"


def _family(name: str, help_text: str) -> Family:
    return Family(f"ml_exporter_collector_{name}", "gauge", help_text, ("collector",), _AREA)


SUCCESS = _family(
    "success",
    "Whether the collector's last collection succeeded; 0 while one takes longer than its timeout. Metrics that it"
    " could not read are absent.",
)
DURATION = _family(
    "duration_seconds", "How long the last collection took, or has taken so far if it is beyond its timeout."
)
LAST_SUCCESS = _family(
    "last_success_timestamp_seconds",
    "When the last successful collection ended: the time of the collector's metrics, which are those of the scrape"
    " unless the collector is slow.",
)
FAMILIES = (SUCCESS, DURATION, LAST_SUCCESS)
