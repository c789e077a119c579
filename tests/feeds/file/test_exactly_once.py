"""Whatever happens to files between reads, and wherever reading begins again: every line is read, each once."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ml_exporter.feeds.file.position import decode
from ml_exporter.feeds.formats import gathering as gathering_module
from ml_exporter.feeds.formats import json_lines as json_lines_module
from ml_exporter.feeds.formats import lines as lines_module
from tests.feeds.builders import Source, append, line, prediction

_LARGEST = 300
"""Bytes of an event here."""


class GrowingFiles(RuleBasedStateMachine):
    """Writers append bytes cut anywhere and rotate; the reader reads, commits, and goes back to any commit."""

    @initialize(rows=st.integers(1, 5))
    def begin(self, rows: int) -> None:
        """Make batches and chunks so small that everything is cut somewhere."""
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(gathering_module, "MAXIMUM_ROWS", rows)
        self._patch.setattr(lines_module, "MAXIMUM_EVENT_BYTES", _LARGEST)
        self._patch.setattr(json_lines_module, "CHUNK_BYTES", 2 * _LARGEST)
        self._patch.setattr(gathering_module, "CHUNK_BYTES", 2 * _LARGEST)
        self._folder = Path(tempfile.mkdtemp())
        self._written: list[str] = []
        self._too_large = 0
        self._unwritten: dict[str, bytes] = {}
        """Name to what a writer has still to write there."""

        self._rotations = 0
        self._moved_out = False
        self._source = Source(self._folder)
        self._commits: list[tuple[bytes | None, int, int]] = [(None, 0, 0)]

    @rule(name=st.sampled_from("ab"), blank=st.booleans(), large=st.booleans(), data=st.data())
    def write(self, name: str, data: st.DataObject, *, blank: bool, large: bool) -> None:
        """Append one line, or only a part of it and the rest later."""
        identifier = str(len(self._written) + self._too_large)
        event = prediction(identifier, x="y" * (3 * _LARGEST if large else 0))
        if large:
            self._too_large += 1
        else:
            self._written.append(identifier)
        content = self._unwritten.get(name, b"") + line(event) + (b"\r\n" if blank else b"")
        cut = data.draw(st.integers(0, len(content)))
        append(self._folder / f"{name}.jsonl", content[:cut])
        self._unwritten[name] = content[cut:]

    @rule(name=st.sampled_from("ab"), within=st.booleans())
    def rotate(self, name: str, *, within: bool) -> None:
        """Rename a file, within the glob or out of it; its writer ends its line there, then begins a new file."""
        path = self._folder / f"{name}.jsonl"
        if not path.exists() or not (within or self._is_known(path)):
            return
        self._rotations += 1
        self._moved_out = self._moved_out or not within
        moved = path.rename(
            self._folder / (f"{name}{self._rotations}.jsonl" if within else f"{name}.{self._rotations}")
        )
        append(moved, self._unwritten.pop(name, b""))

    def _is_known(self, path: Path) -> bool:
        """Tell whether a file is part of the committed position: only then it can be followed out of the glob."""
        return path.stat().st_ino in [position.inode for position in decode(self._source.position)]

    @rule()
    def read(self) -> None:
        """Read a batch and commit it."""
        batch = self._source.step()
        if batch is not None:
            self._commits.append((batch.position, len(self._source.read), len(self._source.rejections)))

    @rule()
    def restart(self) -> None:
        """Begin again behind the last commit."""
        self._source.reopen()

    @precondition(lambda self: not self._moved_out)
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        """Begin again behind any commit: what came after it is undone."""
        kept = data.draw(st.integers(1, len(self._commits)))
        del self._commits[kept:]
        position, events, rejections = self._commits[-1]
        del self._source.read[events:], self._source.rejections[rejections:]
        self._source.position = position
        self._source.reopen()

    def teardown(self) -> None:
        """Let writers finish and read everything: nothing is missing, nothing came twice."""
        try:
            for name in list(self._unwritten):
                append(self._folder / f"{name}.jsonl", self._unwritten.pop(name))
            self._source.drain()
            assert sorted(self._source.read, key=int) == self._written
            assert [rejection.reason for rejection in self._source.rejections] == ["too_large"] * self._too_large
            assert self._source.truncations == 0
        finally:
            shutil.rmtree(self._folder)
            self._patch.undo()


TestGrowingFiles = GrowingFiles.TestCase
TestGrowingFiles.settings = hypothesis_settings(max_examples=150, stateful_step_count=30, deadline=None)
