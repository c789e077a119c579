"""How the bins of the tally of features are laid out. Part of the stored format."""

from ml_exporter.catalogue.value_bins import VALUE_BINS
from ml_exporter.config.feature import MOST_CATEGORIES

MISSING, MISMATCHED, OUT_OF_RANGE = 0, 1, 2
"""The bins of a feature that count what is wrong with its values."""

FIRST_VALUE = 3
"""The first bin of its values: of numbers by size, of categories by code."""

OTHER_CATEGORY = MOST_CATEGORIES
"""The code of the categories beyond the limit."""

STRIDE = FIRST_VALUE + VALUE_BINS
"""Bins of one feature."""

MOST_SLOTS = 4096
"""Features that a model may have had in all its life: one counts twice where its kind has changed."""
