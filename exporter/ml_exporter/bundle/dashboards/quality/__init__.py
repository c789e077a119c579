"""Sections that the dashboards of a model's quality have in common, whatever its task."""
