"""What operators change from machine to machine, without a file of its own: by the environment, or by an option."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

LISTEN, STORE_PATH, WEB_CONFIG_FILE = "ML_EXPORTER_LISTEN", "ML_EXPORTER_STORE_PATH", "ML_EXPORTER_WEB_CONFIG_FILE"
"""Variables of the environment that every command heeds, so that all of them speak of the same exporter."""

LOG_LEVEL, LOG_FORMAT = "ML_EXPORTER_LOG_LEVEL", "ML_EXPORTER_LOG_FORMAT"


def instead_of_the_file(
    listen: Sequence[str] = (),
    store_path: str | None = None,
    web_config_file: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[tuple[str, str], Any]:
    """Return section and key to what takes the place of the file's value; an option counts before the environment.

    Args:
        listen: addresses.
        store_path: the folder of the store.
        web_config_file: the web configuration file.
        environment: variables; the process's own by default. Several addresses are separated by spaces or commas.
    """
    variables = os.environ if environment is None else environment
    values = {
        ("server", "listen"): list(listen) or variables.get(LISTEN, "").replace(",", " ").split(),
        ("server", "web_config_file"): web_config_file or variables.get(WEB_CONFIG_FILE, ""),
        ("store", "path"): store_path or variables.get(STORE_PATH, ""),
    }
    return {place: value for place, value in values.items() if value}
