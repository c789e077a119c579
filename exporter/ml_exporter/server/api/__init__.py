"""/api/v1: what the snapshot knows, as JSON. Adding a resource is adding a module with a ``RESOURCE``."""

import functools
import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ml_exporter.server.api.resource import JSON, Parameter, ParameterError, Refusal, Resource, Sources

__all__ = ["JSON", "PREFIX", "Parameter", "Resource", "Sources", "resources", "routes"]

PREFIX = "/api/v1"
_SECONDS_TO_WAIT = "2"


@functools.cache
def resources() -> tuple[Resource, ...]:
    """Collect the resources that the modules of this package define as ``RESOURCE``, by path."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.RESOURCE for module in modules if isinstance(getattr(module, "RESOURCE", None), Resource)]
    return tuple(sorted(found, key=lambda resource: resource.path))


def routes(sources: Sources) -> list[Route]:
    """Return a route for each resource."""
    return [Route(f"{PREFIX}/{resource.path}", _endpoint(resource, sources)) for resource in resources()]


def _endpoint(resource: Resource, sources: Sources) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await resource.handle(sources, request, _given(resource, request))
        except Refusal as refusal:
            headers = {"Retry-After": _SECONDS_TO_WAIT} if refusal.status == 503 else None
            content = msgspec.json.encode({"error": str(refusal)})
            return Response(content, refusal.status, headers, JSON)

    return endpoint


def _given(resource: Resource, request: Request) -> Mapping[str, str]:
    """Return the parameters of a request: each a known one that is given once, the required ones among them."""
    given: dict[str, str] = {}
    known = ", ".join(resource.parameters) or "none"
    for name, value in request.query_params.multi_items():
        if name not in resource.parameters:
            raise ParameterError(f"there is no parameter {name!r}; this resource takes: {known}")
        if name in given:
            raise ParameterError(f"{name} is given twice; give it once")
        given[name] = value
    for name, parameter in resource.parameters.items():
        if parameter.required and name not in given:
            raise ParameterError(f"{name} is missing; {parameter.about[:1].lower()}{parameter.about[1:]}")
    return given
