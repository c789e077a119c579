"""The API's own description, as OpenAPI 3.1."""

import functools
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import ml_exporter
from ml_exporter.server import api
from ml_exporter.server.api.events import Acknowledgement, EventPath, operations, paths_of, usual_paths
from ml_exporter.server.api.resource import JSON, Resource, Sources
from ml_exporter.server.sending import send
from ml_exporter.snapshot import Exposition

_ABOUT = (
    "What the exporter knows, from the snapshot of its last tick: one answer a tick, computed beside the scrapes and a"
    " few at a time. Times are seconds since the epoch; what is not known is null."
    " And where events are sent to, by POST."
)
_REFUSALS = {
    400: "A parameter cannot be used; the message says which and what to write.",
    503: "There is no answer for now: the state is being restored, or too many answers are being computed.",
}


class Failure(msgspec.Struct):
    """Why there is no answer."""

    error: str


class Description(msgspec.Struct):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, str]
    servers: list[dict[str, str]]
    paths: dict[str, Any]
    components: dict[str, Any]


@functools.lru_cache(maxsize=8)
def document(paths: tuple[EventPath, ...] | None = None) -> Mapping[str, Any]:
    """Return the document.

    Args:
        paths: those that events may be sent to; those that are usual by default.
    """
    types = list(dict.fromkeys((Failure, Acknowledgement, *(resource.answers for resource in api.resources()))))
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(types, schemas, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {"title": "ml_exporter", "version": ml_exporter.__version__, "description": _ABOUT},
        "servers": [{"url": "/api/v1"}],
        "paths": {
            **{f"/{resource.path}": {"get": _operation(resource, by_type)} for resource in api.resources()},
            **operations(usual_paths() if paths is None else paths, by_type, Failure),
        },
        "components": {"schemas": components},
    }


def _operation(resource: Resource, schemas: Mapping[type, Mapping[str, Any]]) -> dict[str, Any]:
    failures = {**_REFUSALS, **resource.failures}
    return {
        "operationId": resource.path.removesuffix(".json"),
        "summary": resource.about.partition(". ")[0].rstrip("."),
        "description": resource.about,
        "parameters": [
            {
                "name": name,
                "in": "query",
                "description": parameter.about,
                "required": parameter.required,
                "schema": parameter.schema,
            }
            for name, parameter in resource.parameters.items()
        ],
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {resource.media_type: {"schema": schemas[resource.answers]}},
            },
            **{
                str(status): {"description": about, "content": {JSON: {"schema": schemas[Failure]}}}
                for status, about in sorted(failures.items())
            },
        },
    }


@functools.lru_cache(maxsize=1)
def _ready(paths: tuple[EventPath, ...]) -> Exposition:
    return Exposition.of(msgspec.json.encode(document(paths)))


async def _handle(sources: Sources, request: Request, _given: Mapping[str, str]) -> Response:
    return send(request, _ready(paths_of(sources.inboxes.paths)), JSON)


RESOURCE = Resource(
    path="openapi.json",
    about="This description of the API, as OpenAPI 3.1.",
    parameters={},
    answers=Description,
    handle=_handle,
)
