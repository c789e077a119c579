"""What a resource of the API is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ml_exporter.snapshot import Snapshot


class ParameterError(Exception):
    """A query parameter cannot be used; the message says which and what to write."""


@dataclass(frozen=True)
class Resource:
    """One thing that can be asked for by GET."""

    path: str
    """Below /api/v1."""

    about: str
    """What it answers, in one sentence, for the documentation."""

    parameters: Mapping[str, str]
    """Query parameters, each with what it does."""

    answer: Callable[[Snapshot, Mapping[str, str]], object]
    """From the newest snapshot and the parameters given to something that can be written as JSON.

    Raises:
        ParameterError: a parameter cannot be used.
    """
