"""/api/v1: what the snapshot knows, as JSON. Adding a resource is adding a module with a ``RESOURCE``."""

import functools
import importlib
import pkgutil
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ml_exporter.server.api.resource import ParameterError, Resource
from ml_exporter.snapshot import Snapshot

__all__ = ["ParameterError", "Resource", "resources", "routes"]

PREFIX = "/api/v1"


@functools.cache
def resources() -> tuple[Resource, ...]:
    """Collect the resources that the modules of this package define as ``RESOURCE``, by path."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.RESOURCE for module in modules if isinstance(getattr(module, "RESOURCE", None), Resource)]
    return tuple(sorted(found, key=lambda resource: resource.path))


def routes(newest: Callable[[], Snapshot | None]) -> list[Route]:
    """Return a route for each resource; ``newest`` returns the snapshot to answer from."""
    return [Route(f"{PREFIX}/{resource.path}", _endpoint(resource, newest)) for resource in resources()]


def _endpoint(resource: Resource, newest: Callable[[], Snapshot | None]) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        snapshot = newest()
        if snapshot is None:
            return _json({"error": "ml_exporter is not ready yet; ask again in a moment"}, 503)
        given = dict(request.query_params)
        unknown = sorted(set(given) - set(resource.parameters))
        if unknown:
            known = ", ".join(resource.parameters) or "none"
            return _json({"error": f"there is no parameter {unknown[0]!r}; this resource takes: {known}"}, 400)
        try:
            return _json(resource.answer(snapshot, given), 200)
        except ParameterError as error:
            return _json({"error": str(error)}, 400)

    return endpoint


def _json(content: object, status: int) -> Response:
    """Encode an answer; what is not known (NaN, infinite) is null."""
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")
