"""A short soak: what ``python -m benchmarks.soak`` does for minutes."""

from pathlib import Path

from benchmarks.soak.course import Soak


def test_an_exporter_that_lives_and_dies_over_growing_files_counts_as_a_plain_loop_does(tmp_path: Path) -> None:
    soak = Soak(tmp_path, seed=5, events_a_step=60)
    for _ in range(500):
        soak.step()
    report = soak.run(lambda so_far: so_far.lives < 3, longest_life=1.0, steps_a_second=50.0)
    assert report.wrong == {}
    assert report.lives == 3
    assert report.events > 50_000
    assert report.peak_memory < 500e6
