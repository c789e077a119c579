"""The schemas of Avro messages, as a registry tells them by number."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any

import fastavro

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.kafka.access import SchemaRegistrySettings

_PATIENCE = 5.0
"""Seconds that the registry may take to answer."""

_LARGEST = 4 * 1024 * 1024
"""Bytes of an answer."""


class UnknownSchemaError(Exception):
    """The registry has no such schema, or none that can be used; the message says which."""


class Schemas:
    """Asks for each schema once: what stands under a number never changes."""

    def __init__(self, settings: SchemaRegistrySettings, folder: Path) -> None:
        """Prepare; nothing is asked yet.

        Args:
            settings: of the registry.
            folder: where relative paths start.

        Raises:
            FeedError: a file of a secret or of authorities cannot be read.
        """
        self._url = settings.url.rstrip("/")
        self._headers = {"Accept": "application/vnd.schemaregistry.v1+json"}
        if settings.username is not None:
            pair = f"{settings.username}:{settings.secret(folder) or ''}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._context = _trusting(settings.ca_file, folder) if self._url.startswith("https:") else None
        self._known: dict[int, Any] = {}
        self._unknown: dict[int, str] = {}

    def of(self, number: int) -> Any:
        """Return a schema, parsed.

        Raises:
            UnknownSchemaError: there is none, or none that can be used.
            FeedError: the registry does not answer, or not to us; the message says what to do.
        """
        if number in self._unknown:
            raise UnknownSchemaError(self._unknown[number])
        if number not in self._known:
            try:
                self._known[number] = _parsed(number, self._asked(number))
            except UnknownSchemaError as error:
                self._unknown[number] = str(error)
                raise
        return self._known[number]

    def _asked(self, number: int) -> bytes:
        request = urllib.request.Request(f"{self._url}/schemas/ids/{number}", headers=self._headers)  # noqa: S310 - http(s) alone, see the settings
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE, context=self._context) as answer:  # noqa: S310 - see above
                return bytes(answer.read(_LARGEST))
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                raise UnknownSchemaError(
                    f"the registry has no schema {number}; register it, and send with it"
                ) from None
            remedy = "correct `username` and `password_file`" if error.code in _REFUSED else "it is asked again"
            raise FeedError(f"schema registry {self._url}: schema {number} answers {error.code}; {remedy}") from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise FeedError(f"schema registry {self._url} cannot be reached ({reason}); it is asked again") from None


_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def _parsed(number: int, answer: bytes) -> Any:
    try:
        said = json.loads(answer)
        if said.get("references"):
            raise UnknownSchemaError(
                f"schema {number} refers to others, which is not read; register it with all of them inside"
            )
        if said.get("schemaType", "AVRO") != "AVRO":
            raise UnknownSchemaError(f"schema {number} is of {said['schemaType']}; send Avro")
        return fastavro.parse_schema(json.loads(said["schema"]))
    except (ValueError, KeyError, TypeError, AttributeError, fastavro.schema.SchemaParseException) as error:
        raise UnknownSchemaError(f"schema {number} is no schema of Avro ({error})") from None


def _trusting(ca_file: str | None, folder: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(folder / ca_file))
    except OSError as error:
        raise FeedError(f"the authorities in {ca_file} cannot be read ({error}); write them there as PEM") from None
