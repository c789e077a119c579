"""States of detectors: stored with a checksum, grown, cut, reordered and restarted by stream."""

from collections.abc import Callable

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ml_exporter.detectors.interface import Bools, Floats, State
from ml_exporter.tallies import DamagedState as DamagedStore

_MAGIC = b"MLD1"


class DamagedState(DamagedStore):
    """Stored bytes of a detector are not what was written."""


class _StoredArray(msgspec.Struct, frozen=True):
    shape: tuple[int, ...]
    content: bytes


def to_bytes(state: State) -> bytes:
    """Return a state as bytes with a checksum; equal states give equal bytes."""
    arrays = {
        name: _StoredArray(state[name].shape, np.ascontiguousarray(state[name], dtype="<f8").tobytes())
        for name in sorted(state)
    }
    body = msgspec.msgpack.encode(arrays)
    return _MAGIC + xxhash.xxh3_64_digest(body) + body


def from_bytes(stored: bytes) -> State:
    """Read what ``to_bytes`` wrote.

    Raises:
        DamagedState: the bytes are not those that were written.
    """
    digest, body = stored[4:12], stored[12:]
    if stored[:4] != _MAGIC or xxhash.xxh3_64_digest(body) != digest:
        raise DamagedState("the state of a detector in the store is damaged (its checksum does not fit)")
    arrays = msgspec.msgpack.decode(body, type=dict[str, _StoredArray])
    return {
        name: np.frombuffer(array.content, dtype="<f8").astype(np.float64).reshape(array.shape)
        for name, array in arrays.items()
    }


def streams_of(state: State) -> int:
    """Return how many streams a state is of."""
    return len(next(iter(state.values())))


def append(state: State, more: State) -> State:
    """Return the state of the streams of both, in this order."""
    joined = {}
    for name in state:
        first, second = _equally_wide(state[name], more[name])
        joined[name] = np.concatenate([first, second])
    return joined


def take(state: State, streams: NDArray[np.intp]) -> State:
    """Return the state of the given streams, in the given order."""
    return {name: values[streams] for name, values in state.items()}


def put(state: State, streams: NDArray[np.intp], part: State) -> State:
    """Return the state with that of the given streams replaced by ``part``."""
    replaced = {}
    for name in state:
        whole, new = _equally_wide(state[name], part[name])
        replaced[name] = whole.copy()
        replaced[name][streams] = new
    return replaced


def restart(state: State, streams: Bools, start: Callable[[int], State]) -> State:
    """Return the state with the marked streams as if nothing had been seen of them.

    Args:
        state: of all streams.
        streams: (streams,) which of them start again.
        start: of the detector.
    """
    if not streams.any():
        return state
    return put(state, np.flatnonzero(streams), start(int(streams.sum())))


def _equally_wide(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Pad the narrower of two arrays along the second axis with NaN: lists of candidates differ in length."""
    if first.ndim == 1 or first.shape[1] == second.shape[1]:
        return first, second
    width = max(first.shape[1], second.shape[1])
    return _widened(first, width), _widened(second, width)


def _widened(values: Floats, width: int) -> Floats:
    padding = [(0, 0), (0, width - values.shape[1]), *((0, 0) for _ in values.shape[2:])]
    return np.pad(values, padding, constant_values=np.nan)
