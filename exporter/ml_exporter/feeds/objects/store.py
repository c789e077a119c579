"""A store of objects, and what its errors mean for a person."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError, UnknownConfigurationKeyError
from obstore.store import from_url

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.objects.settings import StoreSettings

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_RETRIES = 3
_PATIENCE = timedelta(seconds=20)
"""So long the library itself tries a request again."""

_ENDPOINTS = {"s3": "aws_endpoint", "s3a": "aws_endpoint", "gs": "google_base_url"}
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_SHOWN = 200
"""Characters of what the library says."""


def open_store(settings: StoreSettings) -> "ObjectStore":
    """Return a store; nothing is asked yet.

    Raises:
        FeedError: an option is none of the store's, or a folder is missing.
    """
    scheme = urlsplit(settings.url).scheme
    if scheme == "file":
        try:
            return from_url(settings.url)
        except BaseError:
            raise FeedError(f"{settings.url}: there is no such folder; create it, or correct `url`") from None
    config = store_options(settings)
    client: dict[str, Any] = {"timeout": "60s", "connect_timeout": "5s"}
    if _is_plain(settings):
        client["allow_http"] = True
    retries: Any = {"max_retries": _RETRIES, "retry_timeout": _PATIENCE}
    made = cast("Callable[..., ObjectStore]", from_url)  # which options there are, the library says
    try:
        return made(settings.url, config=config, client_options=client, retry_config=retries)
    except UnknownConfigurationKeyError as error:
        raise FeedError(f"{settings.url}: {_first(error)}; correct `options`") from None
    except (BaseError, ValueError) as error:
        raise FeedError(f"{settings.url}: {_first(error)}; correct `url` or `options`") from None


def store_options(settings: StoreSettings) -> dict[str, str]:
    """Return the options of a store as object_store names them: those that stand there, the endpoint and the region."""
    options = dict(settings.options)
    if settings.endpoint is not None:
        scheme = urlsplit(settings.url).scheme
        options[_ENDPOINTS.get(scheme, "azure_storage_endpoint")] = settings.endpoint
    if settings.region is not None:
        options["aws_region"] = settings.region
    return options


def _is_plain(settings: StoreSettings) -> bool:
    return settings.endpoint is not None and settings.endpoint.startswith("http://")


@contextmanager
def explaining(url: str) -> Iterator[None]:
    """Turn errors of a store into those of a feed, with what to do; that an object is gone stays as it is.

    Raises:
        FeedError: the store does not do what it is asked.
    """
    try:
        yield
    except (FileNotFoundError, obstore.exceptions.PreconditionError):
        raise
    except (BaseError, OSError, ValueError) as error:
        raise FeedError(f"{url}: {_meant(error)}") from None


def _meant(error: Exception) -> str:
    """Say what an error means, and what to do."""
    text = str(error)
    status, code = _found(_STATUS, text), _found(_CODE, text)
    if code in ("NoSuchBucket", "ContainerNotFound"):
        return "there is no such bucket; create it, or correct `url`"
    if isinstance(error, PermissionDeniedError) or status == "403":
        return f"may not be read ({code or 'forbidden'}); let these credentials list the bucket and get its objects"
    if isinstance(error, UnauthenticatedError) or status == "401":
        return "does not know who asks; give credentials by the environment, or the machine a role"
    if "credential" in text or "metadata" in text:
        return f"finds no credentials ({_first(error)}); give them by the environment, or the machine a role"
    if "error sending request" in text or "Connect" in text:
        return "cannot be reached; start it, or correct `endpoint` and `region`"
    return f"{_first(error)}; it is asked again"


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return None if match is None else match[1]


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:_SHOWN]
