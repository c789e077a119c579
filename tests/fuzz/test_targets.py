"""Every target stands its seeds, and what hypothesis makes of them; ``python -m tests.fuzz`` goes further."""

import importlib
import pkgutil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import targets

_NAMES = sorted(module.name for module in pkgutil.iter_modules(targets.__path__))


def _target(name: str) -> Any:
    return importlib.import_module(f"{targets.__name__}.{name}")


@st.composite
def _damaged(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Cut a piece out of a seed, put bytes or a piece of another one in its place, up to four times."""
    content = draw(st.sampled_from(seeds))[:10_000]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 20)))
        other = draw(st.sampled_from(seeds))
        piece = draw(st.binary(max_size=8) | st.just(other[: draw(st.integers(0, 40))]))
        content = content[:start] + piece + content[end:]
    return content


@pytest.mark.parametrize("name", _NAMES)
def test_the_seeds_do_no_harm(name: str) -> None:
    target = _target(name)
    assert target.SEEDS
    for seed in target.SEEDS:
        target.take(seed)


@pytest.mark.parametrize("name", _NAMES)
def test_damaged_seeds_do_no_harm(name: str) -> None:
    target = _target(name)

    @settings(max_examples=100, deadline=None)
    @given(content=_damaged(target.SEEDS))
    def no_harm(content: bytes) -> None:
        target.take(content)

    no_harm()


def test_the_targets_are_those_that_the_documentation_names() -> None:
    assert _NAMES == ["configuration", "events", "http", "sent", "stored", "web_configuration"]
