"""A soak: an exporter lives and dies over files that grow, and ends with the counts of a plain loop."""
