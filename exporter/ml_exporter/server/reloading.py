"""``POST /-/reload``: read the configuration again, for those who cannot send a signal."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_PATIENCE = 30.0
"""Seconds that an answer waits for the reload."""


def reload_route(reload: Callable[[float], bool | None]) -> Route:
    """Return the path.

    Args:
        reload: reads the configuration again, and tells whether it is in force; ``None`` after so many seconds.
    """

    def answer(request: Request) -> Response:
        if "origin" in request.headers:  # a page of another site could else have its reader's browser ask
            return _said("no page may ask for this", HTTPStatus.FORBIDDEN)
        match reload(_PATIENCE):
            case True:
                return _said("the configuration is in force", HTTPStatus.OK)
            case False:
                reason = "the configuration cannot be used, and is kept as it was; the log says why"
                return _said(reason, HTTPStatus.INTERNAL_SERVER_ERROR)
            case None:
                return _said("the configuration is still being read; the log will say", HTTPStatus.GATEWAY_TIMEOUT)

    return Route("/-/reload", answer, methods=["POST", "PUT"])


def _said(text: str, status: HTTPStatus) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status)
