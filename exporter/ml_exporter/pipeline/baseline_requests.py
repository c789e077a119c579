"""Requests about baselines: files that the command line leaves in the store, and that the daemon carries out."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from ml_exporter.detectors.degradation import Stream
from ml_exporter.ledger import StoreError

_log = structlog.get_logger(__name__)

FOLDER = "requests"
"""Below the store's folder."""


class BaselineRequest(msgspec.Struct, frozen=True):
    """What somebody wants done to baselines. None: all of them."""

    action: Literal["freeze", "reset"]
    model_name: str
    model_version: str | None = None
    metric: str | None = None
    since: float | None = None
    """For a reset: nothing before is to be learnt from, seconds since the epoch."""

    def fits(self, stream: Stream) -> bool:
        """Tell whether a stream is meant."""
        return (
            stream.model == self.model_name
            and self.model_version in (None, stream.version)
            and self.metric in (None, stream.metric)
        )


def leave_request(store: Path, request: BaselineRequest) -> Path:
    """Leave a request for the exporter that owns a store; it is gone once it has been carried out.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = store / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"baseline-{uuid.uuid4().hex}.json"
    half = path.with_suffix(".half")
    half.write_bytes(msgspec.json.encode(request))
    os.replace(half, path)  # noqa: PTH105 - a whole file or none
    return path


def requests_left(store: Path) -> Iterator[tuple[Path, BaselineRequest]]:
    """Yield the requests that wait, oldest first; one that cannot be read is put aside and told.

    Raises:
        StoreError: it cannot be put aside.
    """
    for path in sorted((store / FOLDER).glob("baseline-*.json"), key=lambda path: path.stat().st_mtime_ns):
        try:
            yield path, msgspec.json.decode(path.read_bytes(), type=BaselineRequest)
        except (OSError, msgspec.MsgspecError) as error:
            _log.error("request about baselines cannot be read", path=str(path), error=str(error))
            with _store_writable(path):
                path.rename(path.with_suffix(".refused"))


def carried_out(path: Path) -> None:
    """Take a request away.

    Raises:
        StoreError: it cannot be removed.
    """
    with _store_writable(path):
        path.unlink()


@contextmanager
def _store_writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the request {path} cannot be removed ({error.strerror}); make its folder writable for this user"
        ) from None
