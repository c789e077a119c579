"""The URL of a database: what is wrong with it, told before anybody connects, without showing a password."""

import re
from importlib.util import find_spec

_URL = re.compile(
    r"(?P<driver>[\w.+-]+)://(?:(?P<user>[^:/?#]*)(?::(?P<password>[^/?#]*))?@)?[^?]*(?:\?(?P<query>.*))?", re.DOTALL
)
_SECRET_PARAMETER = re.compile(r"(?:^|&)(?:password|passwd|pwd|passcode|token)=(?P<value>[^&]*)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\w+\}")

EXTRA = 'pip install "ml-exporter[sql]"'


def password_inline(url: str) -> bool:
    """Tell whether a URL has a password as it stands in the file: one that comes out of the environment is none."""
    found = _parts(getattr(url, "written", url))
    return any(secret and not _VARIABLE.fullmatch(secret) for secret in _secrets(found))


def wrong_with(url: str, *, with_password_file: bool) -> str | None:
    """Return what is wrong with a URL, with the remedy; ``None`` where nothing is.

    Args:
        url: with variables of the environment replaced.
        with_password_file: whether the password is given beside it.
    """
    found = _parts(url)
    if found is None:
        return "is no URL of a database; write it as in postgresql+psycopg://user@host/database, or sqlite:///file.db"
    if with_password_file and any(_secrets(found)):
        return "has a password, and there is a password_file, too; leave one of them out"
    return None


def lacks_library(url: str) -> str | None:
    """Return which library a URL needs that is not installed, with the remedy; ``None`` where all are there."""
    if find_spec("sqlalchemy") is None:
        return f"needs SQLAlchemy, which is not installed; {EXTRA}"
    from sqlalchemy import make_url  # noqa: PLC0415 - an extra, and a fifth of a second of loading
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415 - as above

    try:
        named = make_url(url)
        dialect = named.get_dialect()
        dialect.import_dbapi()
    except NoSuchModuleError:
        return (
            f"names {named.drivername!r}, which SQLAlchemy has no dialect for; install the package that brings it, or"
            " correct the name"
        )
    except ImportError as error:
        return f"needs the driver {error.name or named.drivername}, which is not installed; pip install it"
    except (ArgumentError, ValueError):
        return "cannot be read as a URL; write characters such as @ : / in a user or password as %40 %3A %2F"
    return None


def _parts(url: str) -> re.Match[str] | None:
    return _URL.fullmatch(url)


def _secrets(found: re.Match[str] | None) -> list[str]:
    if found is None:
        return []
    return [found["password"] or "", *(one["value"] for one in _SECRET_PARAMETER.finditer(found["query"] or ""))]
