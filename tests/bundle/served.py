"""A Prometheus with the history of the fleet, which evaluates the fleet's rules."""

import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.bundle.history import HOUR, write_blocks
from tests.stack.servers import prometheus

if TYPE_CHECKING:
    from tests.bundle.conftest import Bundle


@dataclass(frozen=True)
class Server:
    """A Prometheus with the history of the fleet."""

    address: str
    begin: int
    """The first scrape, before which nothing is known."""

    end: int
    bundle: "Bundle"

    def finds(self, expression: str, *, at: float | None = None) -> bool:
        """Tell whether an expression has a result that is a number: at the end of the history, or at another time."""
        query = urllib.parse.urlencode({"query": expression, "time": self.end if at is None else at})
        url = f"{self.address}/api/v1/query?{query}"
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - loopback
            data = json.load(response)["data"]
        if data["resultType"] == "scalar":
            return bool(data["result"][1] != "NaN")
        return any(series["value"][1] != "NaN" for series in data["result"])

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups of rules as Prometheus has them: what was evaluated, and how it went."""
        with urllib.request.urlopen(f"{self.address}/api/v1/rules", timeout=10) as response:  # noqa: S310 - loopback
            groups: list[dict[str, Any]] = json.load(response)["data"]["groups"]
        return groups


@contextmanager
def serving_history(bundle: "Bundle") -> Iterator[Server]:
    """Serve the history of the fleet while the context lasts, and evaluate the rules of its bundle every second."""
    folder = bundle.folder
    end = int(time.time()) // 15 * 15  # the server forgets what is older than its retention
    whole = (end - 120) // HOUR * HOUR  # subqueries look at whole hours
    hourly = range(whole - 7 * HOUR, whole + 1, HOUR)
    before = (end - 15 * 60 - 15, end - 15 * 60)  # alerts compare with a quarter of an hour ago
    ticks = [float(at) for at in sorted({*hourly, *before, *range(end - 90, end + 1, 15)})]
    write_blocks(bundle.monitoring, folder / "server" / "tsdb", ticks, ticks[0], each=30, hourly=30)
    often = folder / "often"
    often.mkdir()
    for file in bundle.rule_files:
        text = re.sub(r"(?m)^( +)interval: .*$", r"\1interval: 1s", file.read_text(encoding="utf-8"))
        (often / file.name).write_text(text, encoding="utf-8")
    configuration = {"global": {"evaluation_interval": "1s"}, "rule_files": [str(often / "*.yml")]}
    (folder / "often.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    with prometheus(folder / "often.yml", folder / "server") as address:
        yield Server(address, int(ticks[0]), end, bundle)
