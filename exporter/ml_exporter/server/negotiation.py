"""What a client would rather have: by the weights of its Accept and Accept-Encoding headers (RFC 9110, 12.5)."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

Encoding = Literal["zstd", "gzip", "identity"]
"""How a response may be sent."""

_OPENMETRICS = "application/openmetrics-text"
_TEXT = ("text/plain", "text/*", "*/*")


class _Choice(NamedTuple):
    """One thing that a header names, in lower case, with its parameters."""

    name: str
    parameters: dict[str, str]

    @property
    def weight(self) -> float:
        """From 0, not acceptable, to 1; what is no weight counts as 0."""
        try:
            return min(1.0, max(0.0, float(self.parameters.get("q", "1"))))
        except ValueError:
            return 0.0


def encoding(accept_encoding: str) -> Encoding:
    """Return the compression that the client likes best; of those that it likes as well, the one that packs tightest.

    Zstandard is sent only to whom names it; gzip also to whom takes anything.
    """
    weights = {choice.name: choice.weight for choice in _choices(accept_encoding)}
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    liked: dict[Encoding, float] = {"zstd": weights.get("zstd", 0.0), "gzip": gzip}
    best = max(liked, key=liked.__getitem__)
    return best if liked[best] > 0 and liked[best] >= weights.get("identity", 0.0) else "identity"


def prefers_openmetrics(accept: str) -> bool:
    """Tell whether the client names OpenMetrics 1.0 and takes it at least as gladly as the text format."""
    choices = list(_choices(accept))
    openmetrics = max(
        (
            choice.weight
            for choice in choices
            if choice.name == _OPENMETRICS and choice.parameters.get("version", "1.0.0") == "1.0.0"
        ),
        default=0.0,
    )
    text = max((choice.weight for choice in choices if choice.name in _TEXT), default=0.0)
    return openmetrics > 0 and openmetrics >= text


def _choices(header: str) -> Iterator[_Choice]:
    for part in header.lower().split(","):
        name, *parameters = (text.strip() for text in part.split(";"))
        if name:
            pairs = (parameter.partition("=") for parameter in parameters)
            yield _Choice(name, {key.strip(): value.strip().strip('"') for key, _, value in pairs})
