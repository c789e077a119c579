"""A writer of events of every sort: it appends lines cut anywhere, rotates and truncates, and remembers all of it."""

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.pipeline.offline import OfflineJoin

_REJECTED: dict[str, list[tuple[Any, str]]] = {
    "predictions": [
        (b'{"prediction_id": "half', "malformed"),
        (b"[1, 2]", "malformed"),
        ({"prediction_id": "x", "model_name": "fraud", "timestamp": 1.0}, "missing_field"),
        ({"prediction_id": "x", "model_name": "fraud", "timestamp": 1.0, "score": 1.5}, "bad_value"),
        ({"prediction_id": "x", "model_name": "fraud", "timestamp": "soon", "score": 0.5}, "bad_timestamp"),
        ({"prediction_id": "x", "model_name": "nobody", "timestamp": 1.0, "score": 0.5}, "unknown_model"),
    ],
    "labels": [
        (b"nonsense \xff", "malformed"),
        ({"prediction_id": "x", "timestamp": 1.0}, "missing_field"),
        ({"prediction_id": "x", "timestamp": 1.0, "actual": 7}, "bad_value"),
        ({"prediction_id": "x", "timestamp": 9e9, "actual": 1}, "bad_timestamp"),
    ],
}

Written = tuple[str, Any, str | None]
"""Feed, event, and the reason for which it is rejected, if it is."""


@dataclass
class Writer:
    """Writes to ``feed/predictions*.jsonl`` and ``feed/labels*.jsonl``."""

    folder: Path
    random: Random
    offline: OfflineJoin
    written: list[Written] = field(default_factory=list)
    _now: float = field(default_factory=time.time)
    _ids: int = 0
    _files: int = 0
    _unwritten: defaultdict[str, bytes] = field(default_factory=lambda: defaultdict(bytes))
    """Feed to the rest of its last line, to be written later."""

    def append(self, count: int) -> None:
        """Append some events to each feed; the last line of each may be cut."""
        for feed, draw in (("predictions", self._prediction), ("labels", self._label)):
            content = self._unwritten.pop(feed, b"")
            for _ in range(count):
                content += b"".join(map(self._line, draw()))
            cut = self.random.randrange(len(content) - 200, len(content) + 1)
            self._write(feed, content[:cut])
            self._unwritten[feed] = content[cut:]

    def rotate(self, feed: str) -> None:
        """Finish a feed's file and give it another name; a new one begins with what comes next."""
        self._write(feed, self._unwritten.pop(feed, b""))
        self._files += 1
        if self._path(feed).exists():
            self._path(feed).rename(self.folder / f"{feed}-{self._files}.jsonl")

    def finish(self) -> None:
        """Write the rest of every line."""
        for feed in list(self._unwritten):
            self._write(feed, self._unwritten.pop(feed))

    def truncate(self, feed: str) -> None:
        """Begin a feed's file anew, with a few lines of which some are known. All of it must have been read."""
        fresh = self._prediction() if feed == "predictions" else self._label()
        known = [event for event in self.random.sample(self.written, 20) if event[0] == feed]
        with self._path(feed).open("r+b") as file:
            file.truncate(0)
            file.write(b"".join(map(self._line, [*fresh, *known])))

    def _path(self, feed: str) -> Path:
        return self.folder / f"{feed}.jsonl"

    def _write(self, feed: str, content: bytes) -> None:
        with self._path(feed).open("ab") as file:
            file.write(content)

    def _line(self, written: Written) -> bytes:
        """Remember an event, and return its line."""
        feed, event, reason = written
        self.written.append(written)
        if reason is not None:
            self.offline.rejected[(feed, reason)] += 1
        else:
            (self.offline.predictions if feed == "predictions" else self.offline.labels).append(event)
        return (event if isinstance(event, bytes) else json.dumps(event).encode()) + b"\n"

    def _odd(self, feed: str) -> list[Written] | None:
        """Return now and then an event that is rejected, or one that is known."""
        chance = self.random.random()
        if chance < 0.03:
            event, reason = self.random.choice(_REJECTED[feed])
            return [(feed, event, reason)]
        if chance < 0.08 and self.written:
            known = self.random.choice(self.written)
            return [known] if known[0] == feed else None
        return None

    def _prediction(self) -> list[Written]:
        if odd := self._odd("predictions"):
            return odd
        self._ids += 1
        event = {
            "prediction_id": str(self._ids),
            "timestamp": self._now - self.random.uniform(0, 900),
            "latency_seconds": round(self.random.expovariate(5), 3),
            "segment": self.random.choice([{}, {"country": "DE"}, {"country": "FR"}]),
        }
        versions = self.random.choice([["fraud", "v1"], ["fraud", "v2"], ["churn", "v1"], ["fraud", "v1", "v2"]])
        found: list[Written] = []
        for version in versions[1:]:
            own = event | {"model_name": versions[0], "model_version": version}
            if self.random.random() < 0.05:
                found.append(("predictions", own | {"status": "timeout"}, None))
            said = {"score": round(self.random.random(), 4)} if self.random.random() < 0.9 else {"prediction": 1}
            found.append(("predictions", own | said, None))
        return found

    def _label(self) -> list[Written]:
        """Return a label, perhaps of a prediction that is yet to come, and now and then one that contradicts it.

        What is said first of an id is always the same, so that it does not matter which file is read first.
        """
        if odd := self._odd("labels"):
            return odd
        identifier = self.random.randrange(max(1, self._ids - 400), self._ids + 50)
        event = {"prediction_id": str(identifier), "timestamp": self._now - self.random.uniform(0, 600)}
        if self.random.random() < 0.2:
            event["model_name"] = "fraud"
        said: list[Written] = [("labels", event | {"actual": identifier % 2}, None)]
        if self.random.random() < 0.03:
            said.append(("labels", event | {"actual": 1 - identifier % 2}, None))
        return said
