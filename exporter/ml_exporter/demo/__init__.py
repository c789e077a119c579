"""The demo: a real model on real delayed labels, with the whole stack as local processes."""

from ml_exporter.demo.run import run_demo
from ml_exporter.demo.settings import DemoSettings

__all__ = ["DemoSettings", "run_demo"]
