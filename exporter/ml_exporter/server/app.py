"""What is served. A scrape copies ready bytes: it never waits for a computation, and for collectors only briefly."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_OPENMETRICS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ml_exporter.server import api
from ml_exporter.server.landing import landing_page
from ml_exporter.server.negotiation import Encoding, encoding, prefers_openmetrics
from ml_exporter.snapshot import Exposition, Samples, Snapshot, openmetrics, render

_SENT: dict[Encoding, Callable[[Exposition, bytes], bytes]] = {
    "zstd": Exposition.zstandard,
    "gzip": Exposition.gzipped,
    "identity": Exposition.plain,
}
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass
class SnapshotHolder:
    """Holds the newest snapshot; the pipeline replaces it as a whole."""

    snapshot: Snapshot | None = None


def make_app(holder: SnapshotHolder, at_scrape: Callable[[], Iterable[Samples]]) -> Starlette:
    """Return the application that serves whatever snapshot the holder has.

    Args:
        holder: has the snapshot.
        at_scrape: makes the families that are only known at a scrape; none of them is one of the snapshot's.
    """

    def metrics(request: Request) -> Response:
        snapshot = holder.snapshot
        if snapshot is None:
            return _not_ready()
        further = render(at_scrape())
        if prefers_openmetrics(_header(request, "accept")):
            content_type, exposition, further = CONTENT_TYPE_OPENMETRICS, snapshot.openmetrics, openmetrics(further)
        else:
            content_type, exposition = CONTENT_TYPE_PLAIN_0_0_4, snapshot.text
        headers = {"Vary": "Accept, Accept-Encoding"}
        chosen = encoding(_header(request, "accept-encoding"))
        if chosen != "identity":
            headers["Content-Encoding"] = chosen
        content = _SENT[chosen](exposition, further)
        return Response(content, headers=headers, media_type=content_type)

    async def healthy(_: Request) -> Response:
        return PlainTextResponse("ml_exporter is healthy.\n")

    async def ready(_: Request) -> Response:
        return _not_ready() if holder.snapshot is None else PlainTextResponse("ml_exporter is ready.\n")

    def landing(_: Request) -> Response:
        return HTMLResponse(landing_page(holder.snapshot), headers={"Content-Security-Policy": _PAGE_POLICY})

    app = Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/-/healthy", healthy),
            Route("/-/ready", ready),
            Route("/", landing),
            *api.routes(lambda: holder.snapshot),
        ]
    )
    app.router.redirect_slashes = False  # a redirect would repeat whatever the client wrote as Host
    return app


def _header(request: Request, name: str) -> str:
    """Return a header, its lines joined where it comes in several."""
    return ",".join(request.headers.getlist(name))


def _not_ready() -> Response:
    return PlainTextResponse(
        "ml_exporter is not ready: it restores its state and computes the first metrics.\n", status_code=503
    )
