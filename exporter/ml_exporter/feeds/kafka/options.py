"""Properties of librdkafka that a configuration may set, and those that it may not."""

import re
from collections.abc import Iterator
from typing import Any

from ml_exporter.config.base import Wrong
from ml_exporter.config.shown import Expanded

Option = str | bool | int | float

_OWN = {
    "bootstrap.servers": "write it under `brokers`",
    "metadata.broker.list": "write it under `brokers`",
    "group.id": "write it under `group`",
    "auto.offset.reset": "write `start` and `out_of_range`",
    "enable.auto.commit": "positions are in the store",
    "auto.commit.enable": "positions are in the store",
    "enable.auto.offset.store": "positions are in the store",
    "enable.partition.eof": "the exporter tells by it whether it has caught up",
    "partition.assignment.strategy": "write `partitions`",
    "group.protocol": "write `partitions`",
    "plugin.library.paths": "no code is loaded by a configuration",
}
"""Property to what is to be done instead."""

_SECRET = re.compile(r"password|passphrase|secret|\.pem$|sasl\.oauthbearer\.(config|assertion)|token$|jaas")


def wrong_options(options: Any) -> Iterator[Wrong]:
    """Find properties that the feed sets itself, and secrets that stand in the file."""
    for name, value in options.items() if isinstance(options, dict) else ():
        if remedy := _OWN.get(str(name)):
            yield ("options", str(name)), f"is the exporter's own to set; {remedy}"
        elif _SECRET.search(str(name)) and not isinstance(value, Expanded):
            yield ("options", str(name)), "may be a secret and stands in the file, where it could leak; write ${NAME}"
        elif str(name).endswith("_cb"):
            yield ("options", str(name)), "is code, and none can stand here; leave it out"


def as_property(value: Option) -> str | int | float:
    """Return a value as librdkafka takes it."""
    return str(value).lower() if isinstance(value, bool) else value
