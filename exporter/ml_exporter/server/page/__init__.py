"""The status page: how the models do and why, for people."""

from ml_exporter.server.page.document import POLICY, status_page, waiting_page

__all__ = ["POLICY", "status_page", "waiting_page"]
