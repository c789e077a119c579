"""The web configuration file, read again when it, or a certificate that it names, changes."""

import ssl
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from ml_exporter.config import ConfigurationError, Problem, WebSettings, load_web_settings
from ml_exporter.server.web.tls import TlsProblem, make_context, tls_files

_log = structlog.get_logger(__name__)

_Stamp = tuple[int, int, int] | None
"""What changes with a file's content; ``None``: there is no such file."""


@dataclass(frozen=True)
class Web:
    """What the file says, ready for use."""

    settings: WebSettings
    tls: ssl.SSLContext | None
    """Made of the settings; ``None``: plain HTTP."""

    good: bool | None = True
    """Whether it is what the file says now; else the file is bad, and this is what it said before. ``None``: no file
    is configured."""


_WITHOUT_FILE = Web(WebSettings(), None, good=None)


def without_file() -> Web:
    """Return what holds where no file is configured: plain HTTP for everybody."""
    return _WITHOUT_FILE


class WebConfigFile:
    """Knows what the file says. May be asked by any thread, as often as it likes: an unchanged file is not read."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            ConfigurationError: it cannot be used.
        """
        self._path = path
        self._lock = threading.Lock()
        self._watched: list[Path] = []
        self._seen: list[_Stamp] = []
        self._web = self._load()

    def current(self) -> Web:
        """Return what the file says now; where it has become bad, what it said before."""
        with self._lock:
            if [_stamp(file) for file in self._watched] != self._seen:
                self._reload()
            return self._web

    def _reload(self) -> None:
        try:
            web = self._load()
            if (web.tls is None) != (self._web.tls is None):
                message = "TLS is switched on or off by a restart only; restart the exporter, or undo the change"
                raise ConfigurationError(self._path, [Problem("tls_server_config", message)])
        except ConfigurationError as error:
            _log.error("web configuration kept as it was, since the file is bad now", problem=str(error))
            web = replace(self._web, good=False)
        else:
            _log.info("web configuration read again", file=str(self._path))
        self._web = web

    def _load(self) -> Web:
        """Read the file and what it names. Their stamps are taken before: what changes meanwhile is read again."""
        self._watched, self._seen = [], []
        self._watch(self._path)
        settings = load_web_settings(self._path)
        tls = settings.tls_server_config
        if tls is None:
            return Web(settings, None)
        for file in tls_files(tls, self._path.parent):
            self._watch(file)
        try:
            return Web(settings, make_context(tls, self._path.parent))
        except TlsProblem as problem:
            raise ConfigurationError(self._path, [Problem(f"tls_server_config.{problem.key}", str(problem))]) from None

    def _watch(self, file: Path) -> None:
        self._watched.append(file)
        self._seen.append(_stamp(file))


def _stamp(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
