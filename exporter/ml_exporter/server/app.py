"""What is served. A scrape copies ready bytes: it never waits for a computation, and for collectors only briefly."""

from collections.abc import Callable, Iterable

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_OPENMETRICS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ml_exporter.server import api
from ml_exporter.server.landing import landing_page
from ml_exporter.server.negotiation import prefers_openmetrics
from ml_exporter.server.newest import SnapshotHolder
from ml_exporter.server.refusals import Reason, Refusals
from ml_exporter.server.sending import header, send
from ml_exporter.snapshot import Renderer, Samples, openmetrics_format, text_format

_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def make_app(
    holder: SnapshotHolder, at_scrape: Callable[[], Iterable[Samples]], refusals: Refusals | None = None
) -> Starlette:
    """Return the application that serves whatever snapshot the holder has.

    Args:
        holder: has the snapshot.
        at_scrape: makes the families that are only known at a scrape; none of them is one of the snapshot's.
        refusals: where it is counted that a client may not listen to the stream.
    """
    counted = refusals or Refusals()
    sources = api.Sources(holder, refused=lambda: counted.count(Reason.TOO_MANY_STREAMS))

    def metrics(request: Request) -> Response:
        snapshot = holder.snapshot
        if snapshot is None:
            return _not_ready()
        parts = Renderer().render(at_scrape())
        if prefers_openmetrics(header(request, "accept")):
            content_type, exposition, further = (
                CONTENT_TYPE_OPENMETRICS,
                snapshot.openmetrics,
                openmetrics_format(parts),
            )
        else:
            content_type, exposition, further = CONTENT_TYPE_PLAIN_0_0_4, snapshot.text, text_format(parts)
        return send(request, exposition, content_type, further=further, vary="Accept, Accept-Encoding")

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
            *api.routes(sources),
        ]
    )
    app.router.redirect_slashes = False  # a redirect would repeat whatever the client wrote as Host
    return app


def _not_ready() -> Response:
    return PlainTextResponse(
        "ml_exporter is not ready: it restores its state and computes the first metrics.\n", status_code=503
    )
