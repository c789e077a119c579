"""The section ``models[].process``: how the process that serves a model is found."""

from typing import Self

from pydantic import Field, model_validator

from ml_exporter.config.base import Section
from ml_exporter.config.collectors import RegularExpression


class ProcessSettings(Section):
    """How to find the process that serves a model, for its memory and its connections. Give one of the three."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """The TCP port on which it listens."""

    pid_file: str | None = None
    """A file that holds its process id."""

    command: RegularExpression | None = None
    """A regular expression that is found in its command line, arguments included."""

    @model_validator(mode="after")
    def _is_found_one_way(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"has {' and '.join(given) or 'none'} of port, pid_file and command; give exactly one")
        return self
