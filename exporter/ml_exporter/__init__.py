"""ml_exporter: is the model in production still right? A Prometheus exporter for model quality."""

__version__ = "0.1.0"
