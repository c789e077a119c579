"""A replica's share of the partitions: what one of several exporters reads, each with a store of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from ml_exporter.config import Section
from ml_exporter.config.base import Wrong


class Replica(Section):
    """The share of one of several exporters: partition p is read by the replica p modulo `of`."""

    replica: int = Field(ge=0)
    """Which one it is, from 0: `${REPLICA}` where a StatefulSet numbers them."""

    of: int = Field(ge=1)
    """How many there are. To change it, every store is begun anew: what waits for its label does not move along."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find a number that is none of theirs."""
        try:
            replica, of = int(values["replica"]), int(values["of"])
        except (KeyError, TypeError, ValueError):
            return
        if replica >= of >= 1:
            yield ("replica",), f"{replica} is none of {of} replicas; they are numbered from 0 to {of - 1}"
