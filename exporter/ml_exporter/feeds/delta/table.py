"""The log of a Delta table: which files a version has, and which ones it adds.

After the protocol of Delta Lake (https://github.com/delta-io/delta/blob/master/PROTOCOL.md).
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import deltalake
import obstore
import polars as pl
import structlog
from deltalake.exceptions import DeltaError, TableNotFoundError

from ml_exporter.feeds.delta.settings import DeltaFeedSettings
from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.objects.found import FoundObject
from ml_exporter.feeds.objects.store import explaining, open_store, store_options

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_log = structlog.get_logger(__name__)
_COMMIT = re.compile(r"(?:.*/)?(\d{20})\.json")
_PARTITION = "partition."


class DeltaLog:
    """Reads the log of one table."""

    def __init__(self, settings: DeltaFeedSettings) -> None:
        """Prepare; nothing is asked yet.

        Raises:
            FeedError: an option is none of the store's.
        """
        self._url = settings.url
        self._settings = settings
        self.store: ObjectStore = open_store(settings)

    def newest(self) -> int:
        """Return the number of the newest version.

        Raises:
            FeedError: there is no table, or its store does not answer.
        """
        return int(self._table(None).version())

    def files_of(self, version: int) -> list[FoundObject]:
        """Return all files of a version, in the order of their names.

        Raises:
            FeedError: the version cannot be read any more.
        """
        table = self._table(version)
        mapping = table.metadata().configuration.get("delta.columnMapping.mode", "none")
        if mapping != "none":
            raise FeedError(
                f"{self._url}: its columns are named otherwise in its files (delta.columnMapping.mode is {mapping}),"
                " which is not read; write a table without, or export it as Parquet"
            )
        added = pl.DataFrame(table.get_add_actions(flatten=True))
        partitions = [name for name in added.columns if name.startswith(_PARTITION)]
        return sorted(
            FoundObject(
                0.0,
                unquote(row["path"]),
                size=row["size_bytes"],
                rows=row.get("num_records"),
                columns={name.removeprefix(_PARTITION): _text(row[name]) for name in partitions},
            )
            for row in added.iter_rows(named=True)
        )

    def versions_after(self, version: int) -> list[int]:
        """Return the numbers of the versions that follow a version.

        Raises:
            FeedError: one of them is gone, or the store does not answer.
        """
        with explaining(self._url):
            names = [
                one["path"]
                for some in obstore.list(self.store, "_delta_log", offset=f"_delta_log/{version:020}.json")
                for one in some
            ]
        found = sorted(int(match[1]) for name in names if (match := _COMMIT.fullmatch(name)))
        found = [one for one in found if one > version]
        if found and found != list(range(version + 1, found[-1] + 1)):
            raise FeedError(
                f"{self._url}: version {version + 1} is no longer in the log, which begins at {found[0]}: it was"
                " cleaned up before it was read; keep it for longer (delta.logRetentionDuration), and give the feed a"
                " new name to begin anew: what it knows already is a duplicate"
            )
        return found

    def added_by(self, version: int) -> list[FoundObject]:
        """Return the files whose rows a version adds, in the order of the log.

        Those that only put rows together anew (OPTIMIZE) are none of them, nor are those of which it removes rows.

        Raises:
            FeedError: it cannot be read.
        """
        name = f"_delta_log/{version:020}.json"
        try:
            with explaining(self._url):
                content = bytes(obstore.get(self.store, name).bytes())
        except FileNotFoundError:
            raise FeedError(
                f"{self._url}: version {version} is no longer in the log; give the feed a new name"
            ) from None
        actions = [json.loads(line) for line in content.splitlines() if line.strip()]
        removed = {action["remove"]["path"] for action in actions if "remove" in action}
        if rewritten := [one for one in removed if any("add" in two and two["add"]["path"] == one for two in actions)]:
            _log.info(
                "rows were deleted, which counted already", table=self._url, version=version, files=len(rewritten)
            )
        return list(_added(actions, removed))

    def _table(self, version: int | None) -> "deltalake.DeltaTable":
        try:
            return deltalake.DeltaTable(self._path(), version=version, storage_options=self._options())
        except TableNotFoundError:
            raise FeedError(f"{self._url}: there is no Delta table; correct `url`, or create it") from None
        except (DeltaError, OSError, ValueError) as error:
            said = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))[:300]
            raise FeedError(f"{self._url}: the table cannot be read ({said.strip()}); it is asked again") from None

    def _path(self) -> str:
        parts = urlsplit(self._url)
        return parts.path if parts.scheme == "file" else self._url

    def _options(self) -> dict[str, str]:
        return store_options(self._settings) | {"allow_http": "true"}


def _added(actions: Iterable[Mapping[str, Any]], removed: set[str]) -> Iterable[FoundObject]:
    for action in actions:
        added = action.get("add")
        if added is not None and added.get("dataChange", True) and added["path"] not in removed:
            statistics = json.loads(added.get("stats") or "{}")
            yield FoundObject(
                0.0,
                unquote(added["path"]),
                size=added["size"],
                rows=statistics.get("numRecords"),
                columns=dict(added.get("partitionValues") or {}),
            )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
