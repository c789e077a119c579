"""The demo: a real model on real delayed labels, with the whole stack as local processes."""

from ml_exporter.demo.run import DemoSettings, run_demo

__all__ = ["DemoSettings", "run_demo"]
