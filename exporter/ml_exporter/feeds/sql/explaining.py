"""What a database's refusal means, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.sql.settings import SqlFeedSettings

_UNREACHABLE = "see that the database runs and can be reached, and that `url` is right; reading goes on where it stood"
_REMEDIES: dict[tuple[str, ...], str] = {
    ("57014", "interrupted", "statement timeout", "maximum statement execution time"): (
        "it took longer than statement_timeout ({timeout}): make an index over ({cursor}), or raise it"
    ),
    ("42501", "permission denied", "command denied", "not authorized"): (
        "let the user read it: GRANT SELECT ON {source} TO ..."
    ),
    ("42P01", "no such table", "doesn't exist", "does not exist or not authorized"): (
        "make it, or correct `{given}`; a table of another schema is schema.name"
    ),
    ("42703", "no such column", "unknown column"): (
        "correct `cursor` or `query`; a name is written as the database holds it, upper and lower case told apart"
    ),
    ("28", "password authentication failed", "access denied", "no password supplied", 'role "'): (
        "correct the user in `url`, and the password"
    ),
    (
        "3D000",
        "unable to open database file",
        "unknown database",
        'database "',
    ): "correct the name of the database in `url`",
    ("42601", "syntax error", "error in your sql syntax"): (
        "correct `query`: one SELECT, which works in brackets, SELECT * FROM (...)"
    ),
    ("25006", "readonly", "read-only"): "a feed reads and never writes: take out of `query` what changes anything",
    ("database is locked",): "another process holds it for long; give its file `PRAGMA journal_mode = WAL`",
    ("57P", "08", "terminat", "connection", "closed"): _UNREACHABLE,
}
"""Beginnings of SQLSTATEs (of PostgreSQL and the standard) and parts of messages (of those who have none)."""


@contextmanager
def explained(settings: SqlFeedSettings, database: str) -> Iterator[None]:
    """Turn what a database refuses into a ``FeedError`` that says what to do.

    Args:
        settings: the feed's.
        database: where it is, without a password.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise FeedError(_message(error, settings, database)) from None


def _message(error: SQLAlchemyError, settings: SqlFeedSettings, database: str) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()] or [type(cause).__name__]
    remedy = _remedy(error, cause, " ".join(lines).casefold()).format(
        timeout=settings.statement_timeout,
        cursor=", ".join(settings.cursor_columns),
        source=settings.table or "the tables of the query",
        given="query" if settings.table is None else "table",
    )
    return f"{database}: {lines[0]}; {remedy}"


def _remedy(error: SQLAlchemyError, cause: BaseException, said: str) -> str:
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    for signs, remedy in _REMEDIES.items():
        if state and state.startswith(signs):
            return remedy
    for signs, remedy in _REMEDIES.items():
        if any(sign in said for sign in signs if not sign[0].isdigit()):
            return remedy
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _UNREACHABLE
    return "correct the query, or what it reads, so that SELECT * FROM (...) works"
