"""Delivery: from memory to the exporter, or to the spool while the exporter is away, and from there to the exporter."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ml_exporter.client.backoff import Backoff
from ml_exporter.client.buffer import Buffer, Lines
from ml_exporter.client.events import Kind
from ml_exporter.client.reply import explained, meaning, reply
from ml_exporter.client.settings import Limits
from ml_exporter.client.spool import Spool
from ml_exporter.client.told import Told
from ml_exporter.client.transport import Answer, Unreachable

_LOOK_FOR_ORPHANS = 60.0
"""Seconds between two looks for what other processes have left."""

_SMALLEST_BATCH = 1024
"""Bytes."""


class Posts(Protocol):
    """What sends events: ``Transport``."""

    def post(self, kind: Kind, lines: Sequence[bytes]) -> Answer:
        """Send events and return the answer.

        Raises:
            Unreachable: there is none.
        """
        ...


class Delivery:
    """Does, whenever it is its turn, what can be done by now. For one thread; it never waits but for an answer."""

    def __init__(
        self,
        buffer: Buffer,
        spool: Spool | None,
        posts: Posts,
        backoff: Backoff,
        told: Told,
        limits: Limits,
        monotonic: Callable[[], float],
        *,
        write_ahead: bool = False,
    ) -> None:
        """Begin.

        Args:
            buffer: what waits in memory.
            spool: where to keep it meanwhile; ``None``: in memory.
            posts: sends it.
            backoff: says when to try again.
            told: the log.
            limits: how much is sent at once.
            monotonic: a clock that only goes forward, in seconds.
            write_ahead: whether each batch goes to disk before it is sent.
        """
        self.accepted = self.duplicate = self.rejected = self.adopted = 0
        self.requests = self.failed_requests = 0
        self.last_error: str | None = None
        self.spooled = self.spooled_bytes = self.lost_on_disk = 0
        """What waits in the spool, and what was lost there, as other threads may read it."""

        self.busy = False
        """Whether it is its turn right now."""

        self._buffer = buffer
        self._spool = spool
        self._posts = posts
        self._backoff = backoff
        self._told = told
        self._limits = limits
        self._monotonic = monotonic
        self._write_ahead = write_ahead
        self._most_bytes = limits.batch_bytes
        self._next_look = float("-inf")

    @property
    def idle(self) -> bool:
        """Tell whether the exporter has everything."""
        return not self.busy and not self._buffer.events and not self.spooled

    @property
    def away(self) -> bool:
        """Tell whether the exporter could not be reached, and it is too early to try again."""
        return self._monotonic() < self._backoff.until

    def turn(self) -> float | None:
        """Send a batch from memory and a segment from the spool; while the exporter is away, spool what is in memory.

        Returns:
            Seconds until the next turn is due, as far as is known now; ``None``: nothing is left to do.
        """
        self.busy = True
        try:
            self._adopt()
            if self.away:
                self.put_away()
            else:
                self._from_memory()
                self._from_spool()
        finally:
            self._take_stock()
            self.busy = False
        return self._pause()

    def put_away(self) -> None:
        """Write what is in memory to the spool, where there is one that has room."""
        while self._spool is not None and self._buffer.events:
            for lines in self._buffer.take(self._limits.batch_bytes):
                if not self._kept_on_disk(lines):
                    self._buffer.give_back(lines)
                    self._take_stock()
                    return
        self._take_stock()

    def at_once(self) -> None:
        """Try again at the next turn, unless the exporter has asked to wait."""
        self._backoff.at_once()

    def close(self) -> None:
        """Keep what is left, if that can be, and let go of the spool."""
        self.put_away()
        if self._spool is not None:
            self._spool.close()

    def _pause(self) -> float | None:
        if self.away:
            return self._backoff.until - self._monotonic()
        if self.spooled or self._buffer.events >= self._limits.batch_events or self._buffer.size >= self._most_bytes:
            return 0.0
        return self._limits.flush_every if self._buffer.events else None

    def _from_memory(self) -> None:
        for lines in self._buffer.take(self._most_bytes):
            if (self._write_ahead or self.away) and self._kept_on_disk(lines):
                continue
            rest = lines.lines if self.away else self._sent(lines)
            if rest:
                self._keep(Lines(lines.kind, rest))

    def _from_spool(self) -> None:
        if self._spool is not None and not self.away and (oldest := self._spool.oldest()) is not None:
            self._spool.delivered(self._sent(oldest))

    def _keep(self, lines: Lines) -> None:
        if not self._kept_on_disk(lines):
            self._buffer.give_back(lines)

    def _kept_on_disk(self, lines: Lines) -> bool:
        if self._spool is None:
            return False
        try:
            self._spool.append(lines)
        except OSError as error:
            self._told.warn("spool", "events cannot be spooled, they wait in memory: %s", error)
            return False
        return True

    def _adopt(self) -> None:
        if self._spool is None or self._monotonic() < self._next_look:
            return
        self._next_look = self._monotonic() + _LOOK_FOR_ORPHANS
        try:
            self.adopted += self._spool.adopt()
        except OSError as error:
            self._told.warn("spool", "the spool cannot be looked through: %s", error)

    def _take_stock(self) -> None:
        if self._spool is not None:
            self.spooled, self.spooled_bytes = self._spool.events, self._spool.size
            self.lost_on_disk = self._spool.dropped

    def _sent(self, lines: Lines) -> list[bytes]:
        """Send events in as many requests as they need, and return those that are to be sent again."""
        ahead = deque(self._pieces(lines.lines))
        while ahead:
            piece = ahead.popleft()
            try:
                answer = self._posts.post(lines.kind, piece)
            except Unreachable as error:
                self._failed(str(error), None)
                return [line for each in (piece, *ahead) for line in each]
            match meaning(answer.status):
                case "taken":
                    self._taken(piece, answer.body)
                case "too_large" if len(piece) > 1:
                    half = len(piece) // 2
                    ahead.extendleft([piece[half:], piece[:half]])
                    self._most_bytes = max(_SMALLEST_BATCH, min(self._most_bytes, sum(map(len, piece))) // 2)
                case "too_large" | "refused":
                    self._refused(piece, explained(answer.status, answer.body))
                case "later":
                    self._failed(explained(answer.status, answer.body), answer.retry_after)
                    return [line for each in (piece, *ahead) for line in each]
        return []

    def _pieces(self, lines: Sequence[bytes]) -> Iterator[list[bytes]]:
        """Cut events into what one request may have."""
        piece: list[bytes] = []
        size = 0
        for line in lines:
            if piece and (len(piece) >= self._limits.batch_events or size + len(line) + 1 > self._most_bytes):
                yield piece
                piece, size = [], 0
            piece.append(line)
            size += len(line) + 1
        if piece:
            yield piece

    def _taken(self, piece: Sequence[bytes], body: bytes) -> None:
        self._answered()
        said = reply(body, len(piece))
        self.accepted += said.accepted
        self.duplicate += said.duplicate
        self.rejected += said.rejected
        for rejection in said.rejections:
            event = piece[rejection.index] if 0 <= rejection.index < len(piece) else b""
            text = event[:500].decode(errors="replace")
            self._told.warn(rejection.reason, "event rejected (%s): %s: %s", rejection.reason, rejection.detail, text)

    def _refused(self, piece: Sequence[bytes], why: str) -> None:
        self._answered()
        self.rejected += len(piece)
        self._told.warn("refused", "%d events refused: the exporter %s", len(piece), why)

    def _answered(self) -> None:
        self.requests += 1
        self.last_error = None
        if self._backoff.worked():
            self._told.inform("the exporter takes events again")

    def _failed(self, why: str, retry_after: float | None) -> None:
        self.failed_requests += 1
        self.last_error = why
        pause = self._backoff.failed(self._monotonic(), retry_after)
        self._told.warn("away", "events wait, the exporter cannot be reached: %s; next attempt in %.1f s", why, pause)
