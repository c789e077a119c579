"""monitoring.yml: any bytes are a configuration, or are told to be none with every problem."""

import tempfile
from pathlib import Path

import yaml

from ml_exporter.config import ConfigurationError, load
from ml_exporter.pipeline import plug_in_kinds
from tests.config.conftest import VALID

_KINDS = plug_in_kinds()
_FILE = Path(tempfile.mkdtemp(prefix="fuzzed-")) / "monitoring.yml"

SEEDS = (
    yaml.safe_dump(VALID, sort_keys=False).encode(),
    b"models: [{name: a, task: binary}]\nfeeds: [{name: f, kind: file, path: x, events: labels}]\n",
    b"a: &a [1, 1]\nb: &b [*a, *a]\nc: &c [*b, *b]\nmodels: *c\n",
    b"a: &a {<<: *a}\n",
    b'models: [{name: "\\ud800", task: binary}]\nfeeds: [{name: f, kind: file, models: ["\\udfff"], "\\ud900": 1}]\n',
    b"models: !!python/object/apply:os.system [id]\n",
    b"? [a, b]\n: 1\n",
    b"tick: 1" + b"0" * 5000 + b"s\n",
    b"[" * 5000,
    b"\x00\xff",
)


def take(data: bytes) -> None:
    """Load the bytes as a configuration."""
    _FILE.write_bytes(data)
    try:
        loaded = load(_FILE, _KINDS, {"A": "x"})
    except ConfigurationError as error:
        told = error.problems
    else:
        told = []
        assert loaded.models
    assert all(problem.message.strip() and str(problem).isprintable() for problem in told)
