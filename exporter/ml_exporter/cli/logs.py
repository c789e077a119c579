"""Structured logs: one line an event, on standard error."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ml_exporter.config.shown import printable

_LOGFMT = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])


def _logfmt(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """Render a line of logfmt in which a terminal has nothing to obey: events name what they like."""
    return printable(_LOGFMT(logger, method, event))


def set_up_logs(log_format: str, log_level: str) -> None:
    """Let every log line, the libraries' included, be logfmt or JSON on standard error.

    Args:
        log_format: ``logfmt`` or ``json``.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = structlog.processors.JSONRenderer() if log_format == "json" else _logfmt
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=log_level.upper(), force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
