"""What a feed of SQL can be told."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from ml_exporter.config import Duration, FeedSettings
from ml_exporter.config.base import Wrong
from ml_exporter.feeds.interface import MAXIMUM_ROWS
from ml_exporter.feeds.sql.address import lacks_library, password_inline, wrong_with

_ColumnName = Annotated[str, Field(min_length=1)]


class SqlFeedSettings(FeedSettings):
    """Rows of a database."""

    kind: Literal["sql"]
    """Rows of a database: of a table or a query, in the order of a column that only grows."""

    url: str = Field(min_length=1, repr=False)
    """Where the database is, as SQLAlchemy writes it: `postgresql+psycopg://user@host/database`, `sqlite:///file.db`
    (relative to the configuration file). No password in it: `${NAME}`, or `password_file`."""

    password_file: str | None = None
    """A file with the password, which is read whenever the exporter connects."""

    table: str | None = None
    """The table or view to read, `name` or `schema.name`. Either this or `query`."""

    query: str | None = None
    """A SELECT instead, for rows that have to be joined, renamed or chosen. Name its columns: no `*`."""

    cursor: _ColumnName | Annotated[list[_ColumnName], Field(min_length=1, max_length=4)]
    """The column that rows are read in the order of, or several: `id`, `[updated_at, id]`. Together they are unique,
    never NULL, and what is written later has more of them. An index over them makes reading cheap."""

    start: str | int | None = None
    """Where to begin in the first column of `cursor`: `2026-01-01T00:00:00Z`, `1000000`. Default: at the beginning."""

    lag: Duration = Duration.parse("30s")
    """How long rows are left alone: what was begun before them may be committed after them. As long as the longest
    transaction that writes."""

    overlap: Duration | None = None
    """How far back each look reads again, for what was committed later than `lag`: known events fall out."""

    every: Duration = Duration.parse("10s")
    """How often to look for new rows."""

    batch_rows: int = Field(default=MAXIMUM_ROWS, ge=1, le=MAXIMUM_ROWS)
    """Rows that are held in memory at once."""

    statement_timeout: Duration = Duration.parse("1m")
    """How long the database may take for the next rows (PostgreSQL, SQLite)."""

    @property
    def cursor_columns(self) -> tuple[str, ...]:
        """Return the columns of the cursor."""
        return (self.cursor,) if isinstance(self.cursor, str) else tuple(self.cursor)

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find passwords that would leak, libraries that are missing, and what is given twice or not at all."""
        yield from super().between(values)
        given = [key for key in ("table", "query") if values.get(key)]
        if len(given) != 1:
            yield (), f"has {' and '.join(given) or 'neither'} of table and query; give exactly one of them"
        cursor = values.get("cursor")
        if isinstance(cursor, list) and len(set(map(str, cursor))) < len(cursor):
            yield ("cursor",), "names a column twice; name each once"
        url = values.get("url")
        if not isinstance(url, str) or not url:
            return
        if password_inline(url):
            remedy = "write ${NAME} in its place, or put it into a file and give `password_file: PATH`"
            yield ("url",), f"has a password in it, where it could leak; {remedy}"
        elif wrong := wrong_with(url, with_password_file=values.get("password_file") is not None):
            yield ("url",), wrong
        elif lacking := lacks_library(url):
            yield ("url",), lacking
