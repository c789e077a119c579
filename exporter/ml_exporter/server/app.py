"""What is served. A scrape copies ready bytes: it never waits for a computation."""

from dataclasses import dataclass

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ml_exporter.server.landing import landing_page
from ml_exporter.snapshot import Snapshot


@dataclass
class SnapshotHolder:
    """Holds the newest snapshot; the pipeline replaces it as a whole."""

    snapshot: Snapshot | None = None


def make_app(holder: SnapshotHolder) -> Starlette:
    """Return the application that serves whatever snapshot the holder has."""

    def metrics(request: Request) -> Response:
        snapshot = holder.snapshot
        if snapshot is None:
            return _not_ready()
        accepted = request.headers.get("accept-encoding", "")
        headers = {"Vary": "Accept-Encoding"}
        if _accepts_gzip(accepted):
            headers["Content-Encoding"] = "gzip"
            return Response(snapshot.gzipped, headers=headers, media_type=CONTENT_TYPE_PLAIN_0_0_4)
        return Response(snapshot.text, headers=headers, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def healthy(_: Request) -> Response:
        return PlainTextResponse("ml_exporter is healthy.\n")

    def ready(_: Request) -> Response:
        return _not_ready() if holder.snapshot is None else PlainTextResponse("ml_exporter is ready.\n")

    def landing(_: Request) -> Response:
        return HTMLResponse(landing_page(holder.snapshot))

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/-/healthy", healthy),
            Route("/-/ready", ready),
            Route("/", landing),
        ]
    )


def _accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding header admits gzip: named (or ``*``) and not with a weight of zero."""
    weights = {}
    for part in header.split(","):
        coding, _, parameters = part.strip().lower().partition(";")
        weights[coding.strip()] = parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return weights.get("gzip", weights.get("*", False))


def _not_ready() -> Response:
    return PlainTextResponse(
        "ml_exporter is not ready: it restores its state and computes the first metrics.\n", status_code=503
    )
