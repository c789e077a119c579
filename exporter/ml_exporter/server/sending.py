"""Sending ready bytes in the compression that the client likes best."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from ml_exporter.server.negotiation import Encoding, encoding
from ml_exporter.snapshot import Exposition

_SENT: dict[Encoding, Callable[[Exposition, bytes], bytes]] = {
    "zstd": Exposition.zstandard,
    "gzip": Exposition.gzipped,
    "identity": Exposition.plain,
}


def send(
    request: Request,
    exposition: Exposition,
    media_type: str,
    *,
    further: bytes = b"",
    vary: str = "Accept-Encoding",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response.

    Args:
        request: says what the client takes.
        exposition: what is sent.
        media_type: what it is.
        further: what follows it, only known now.
        vary: the request's headers that the response depends on.
        headers: those of the response, beside these.
    """
    own = {"Vary": vary, **(headers or {})}
    chosen = encoding(header(request, "accept-encoding"))
    if chosen != "identity":
        own["Content-Encoding"] = chosen
    return Response(_SENT[chosen](exposition, further), headers=own, media_type=media_type)


def header(request: Request, name: str) -> str:
    """Return a header, its lines joined where it comes in several."""
    return ",".join(request.headers.getlist(name))
