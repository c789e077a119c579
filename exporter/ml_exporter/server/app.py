"""What is served. A scrape copies ready bytes: it never waits for a computation, and for collectors only briefly."""

from collections.abc import Callable, Iterable

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_OPENMETRICS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ml_exporter.catalogue.collectors import SUCCESS
from ml_exporter.feeds import Inboxes
from ml_exporter.server import api
from ml_exporter.server.api.resource import NOT_KEPT
from ml_exporter.server.computing import Busy
from ml_exporter.server.negotiation import prefers_openmetrics
from ml_exporter.server.newest import SnapshotHolder
from ml_exporter.server.page import POLICY, status_page, waiting_page
from ml_exporter.server.receiving import receiving_route
from ml_exporter.server.refusals import Reason, Refusals
from ml_exporter.server.reloading import reload_route
from ml_exporter.server.sending import header, send
from ml_exporter.snapshot import Renderer, Samples, openmetrics_format, text_format

_PAGE_HEADERS = {
    **NOT_KEPT,
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE_PATIENCE = 0.3
"""Seconds that the page waits for Alertmanager; it comes without its alerts then, and with them the next time."""


def make_app(
    holder: SnapshotHolder,
    at_scrape: Callable[[], Iterable[Samples]],
    refusals: Refusals | None = None,
    reload: Callable[[float], bool | None] | None = None,
    inboxes: Inboxes | None = None,
) -> Starlette:
    """Return the application that serves whatever snapshot the holder has.

    Args:
        holder: has the snapshot.
        at_scrape: makes the families that are only known at a scrape; none of them is one of the snapshot's.
        refusals: where it is counted that a client may not listen to the stream.
        reload: reads the configuration again, and tells within so many seconds whether it is in force; without it
            there is no such path.
        inboxes: where events that are sent are left for their feeds.
    """
    inboxes = inboxes or Inboxes()
    counted = refusals or Refusals()
    sources = api.Sources(holder, refused=lambda: counted.count(Reason.TOO_MANY_STREAMS), inboxes=inboxes)

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

    async def page(request: Request) -> Response:
        snapshot = holder.snapshot
        if snapshot is None:
            return HTMLResponse(waiting_page(), headers=_PAGE_HEADERS)
        address = snapshot.observation.monitoring.alerting.alertmanager
        answer = None if address is None else await sources.alertmanager.active(address, _PAGE_PATIENCE)
        question = ("page", None if answer is None else answer.asked)
        try:
            ready = await sources.computing.once(
                question, snapshot, lambda: status_page(snapshot, answer, _failing(at_scrape())).encode()
            )
        except Busy:
            return PlainTextResponse("Too many answers are being computed; ask again in a moment.\n", status_code=503)
        return send(request, ready, "text/html", headers=_PAGE_HEADERS)

    app = Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/-/healthy", healthy),
            Route("/-/ready", ready),
            Route("/", page),
            *api.routes(sources),
            *([] if reload is None else [reload_route(reload)]),
            receiving_route(inboxes, counted),
        ]
    )
    app.router.redirect_slashes = False  # a redirect would repeat whatever the client wrote as Host
    return app


def _failing(read: Iterable[Samples]) -> list[str]:
    """Return the names of the collectors that fail."""
    return [labels[0] for samples in read if samples.family == SUCCESS for labels, well in samples.values if not well]


def _not_ready() -> Response:
    return PlainTextResponse(
        "ml_exporter is not ready: it restores its state and computes the first metrics.\n", status_code=503
    )
