"""Tokens: who may send to a feed, and for which models."""

import hashlib
import hmac
import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from ml_exporter.feeds.receiving.rights import Rights
from ml_exporter.feeds.receiving.settings import TokenSettings

_log = structlog.get_logger(__name__)

_SHORTEST = 16
"""Characters: what is shorter can be guessed."""

_LONGEST = 4096
_NOBODYS = b""
"""A digest that no token has."""


class UnusableToken(Exception):
    """A file holds no token; the message says which, why and what to do."""


class Tokens:
    """The tokens of one feed. May be asked by any thread: an unchanged file is not read again."""

    def __init__(self, settings: Sequence[TokenSettings], folder: Path) -> None:
        """Read the files.

        Args:
            settings: of the feed.
            folder: where relative paths start.

        Raises:
            UnusableToken: one of them holds none.
        """
        self._files = [_TokenFile(folder / token.file) for token in settings]
        self._rights = [Rights(tuple(token.models) or None) for token in settings]

    def __len__(self) -> int:
        return len(self._files)

    def rights(self, token: bytes) -> Rights | None:
        """Return what the bearer of a token may send, ``None`` where it is nobody's.

        It takes as long whatever the token is: every one is compared, by its digest.
        """
        digest = hashlib.sha256(token).digest()
        found: Rights | None = None
        for file, rights in zip(self._files, self._rights, strict=True):
            if hmac.compare_digest(file.digest(), digest):
                found = found or rights
        return found


class _TokenFile:
    """The token that a file holds now, as a digest: the token itself is not kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._digest = self._read()

    def digest(self) -> bytes:
        """Return the digest; where the file holds no token any more, one that nothing has."""
        stamp = self._stamp()
        with self._lock:
            if stamp != self._seen:
                self._seen = stamp
                try:
                    self._digest = self._read()
                except UnusableToken as problem:
                    self._digest = _NOBODYS
                    _log.error("token lets nobody in", problem=str(problem))
                else:
                    _log.info("token read again", file=str(self._path))
            return self._digest

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as opened:
                token = opened.read(_LONGEST + 1).strip()
        except OSError as error:
            raise UnusableToken(f"{self._path} cannot be read ({error.strerror}); write the token into it") from None
        if not _SHORTEST <= len(token) <= _LONGEST or not token.isascii() or len(token.split()) != 1:
            raise UnusableToken(
                f"{self._path} holds no token; write one of {_SHORTEST} to {_LONGEST} ASCII characters into it, as"
                " `openssl rand -hex 32` makes them"
            )
        return hashlib.sha256(token).digest()
