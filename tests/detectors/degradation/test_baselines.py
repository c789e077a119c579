"""Baselines moved by command, and their history."""

from ml_exporter.detectors.degradation import HISTORY
from ml_exporter.detectors.degradation.history import MOST_ENTRIES, BaselineEntry, from_bytes, to_bytes
from tests.detectors.degradation.world import World, monitoring, of

DAY = 86400.0


def actions(world: World, metric: str = "accuracy") -> list[str]:
    world.store |= {name: content for name, content in world.judge.changes() if content is not None}
    return [one.action for one in from_bytes(world.store.get(HISTORY)) if one.metric == metric]


def test_a_provisional_baseline_that_is_frozen_moves_no_more() -> None:
    world = World(monitoring(detection={"recover_for": "10m"}))
    world.minutes(60, step=5)
    assert world.judge.freeze(lambda stream: stream.metric == "accuracy", world.at) == 1
    frozen = of(world.minutes(5)).baseline
    assert frozen is not None
    assert frozen.ready
    later = world.minutes(120, step=5)
    assert repr(of(later).baseline) == repr(frozen)  # NaN differs from itself
    recall = of(later, "recall").baseline
    assert recall is not None
    assert not recall.ready
    assert actions(world) == ["frozen by command"]


def test_a_reset_ends_the_verdict_and_learns_from_what_is_normal_now() -> None:
    world = World(monitoring(model={"baseline": {"period": "4h"}}, detection={"recover_for": "10m"}))
    world.past(4 * 3600.0)
    world.minutes(5)
    fell_at = world.at
    assert of(world.minutes(60, accuracy=(0.8, 0.8), step=5)).degraded
    assert world.judge.reset(lambda _: True, world.at, since=fell_at) > 1
    said = of(world.minutes(30, accuracy=(0.8, 0.8), step=5))
    assert not said.degraded
    assert said.alarms == 1
    assert said.baseline is not None
    assert 0.75 < said.baseline.mean < 0.85
    assert said.baseline.since >= fell_at
    assert actions(world)[:2] == ["frozen", "reset by command"]


def test_what_was_reset_and_frozen_survives_a_restart() -> None:
    world = World()
    world.past(DAY)
    world.minutes(2)
    world.judge.reset(lambda _: True, world.at, since=world.at)
    world.tick()
    world.restart()
    assert of(world.tick()).baseline is None
    assert actions(world) == ["frozen", "reset by command"]


def test_nothing_fits_where_nobody_is_meant() -> None:
    world = World()
    world.past(DAY)
    world.minutes(1)
    assert world.judge.freeze(lambda _: False, world.at) == 0
    assert world.judge.reset(lambda _: False, world.at, None) == 0


def test_the_history_keeps_the_newest_entries() -> None:
    entries = [BaselineEntry(float(at), "frozen", "m", "v", "accuracy", None, None, None, {}) for at in range(2500)]
    kept = from_bytes(to_bytes(entries))
    assert kept == entries[-MOST_ENTRIES:]
