"""Drift and the quality of features, by version and window: they wait for no label."""

from collections.abc import Iterable

from ml_exporter.catalogue.definition import Family, Model, Row, Spread, Statistics, series_labels
from ml_exporter.catalogue.intervals import divide

_AREA = "drift and data quality"


def _feature(name: str, help_text: str) -> Family:
    return Family(f"ml_feature_{name}", "gauge", help_text, (*series_labels(), "feature"), _AREA)


def _prediction(name: str, help_text: str) -> Family:
    return Family(f"ml_prediction_{name}", "gauge", help_text, series_labels(), _AREA)


_WHAT = "of the feature in the window against its baseline"

NULL_RATIO = _feature("null_ratio", "Of the successful requests in the window, the share without a value.")
TYPE_MISMATCH_RATIO = _feature(
    "type_mismatch_ratio",
    "Of the values in the window, the share of another type: texts and booleans of a numeric feature, lists, objects.",
)
OUT_OF_RANGE_RATIO = _feature(
    "out_of_range_ratio", "Of the numbers in the window, the share outside of the range that the configuration gives."
)
CONSTANT = _feature("constant", "1 where at least 100 values in the window are all the same (numbers: to 1 %).")
OTHER_RATIO = _feature(
    "other_category_ratio",
    "Of the categories in the window, the share beyond max_categories, which count as __other__: those that came first"
    " are told apart, not the most frequent ones.",
)
UNSEEN_RATIO = _feature(
    "unseen_category_ratio", "Of the categories in the window, the share that the baseline does not have."
)
VANISHED_RATIO = _feature(
    "vanished_category_ratio",
    "Of the baseline's categories, weighted by how frequent they were, the share that the window does not have. Rare"
    " ones are missing from few values by chance.",
)
CATEGORIES = _feature("categories", "How many categories the window has, those beyond max_categories together as one.")
PSI = _feature(
    "psi",
    f"Population stability index {_WHAT}: numbers in at most 20 groups of equal mass. Without any drift it is about"
    " groups times (1/n + 1/m), so read it with the p-value.",
)
KS_STATISTIC = _feature("ks_statistic", f"Kolmogorov-Smirnov statistic {_WHAT}: of numbers, by bins 2 % wide.")
JS_DISTANCE = _feature("js_distance", f"Jensen-Shannon distance (base 2, from 0 to 1) {_WHAT}.")
WASSERSTEIN = _feature(
    "wasserstein_distance", f"Wasserstein distance {_WHAT}, in standard deviations of the baseline: of numbers."
)
P_VALUE = _feature(
    "drift_p_value",
    f"p-value of the chi-squared test {_WHAT}. It is looked at time and again: alert on ml_feature_drifted."
    " Too large where the window reaches into the time that the baseline was learnt from.",
)
DRIFTED = _feature(
    "drifted",
    "1 where the change is both large (PSI of at least 0.1) and significant among all features of the version in the"
    " window (Benjamini-Hochberg, 1 % of false discoveries).",
)

PREDICTION_PSI = _prediction(
    "psi",
    "Population stability index of the predictions in the window against their baseline: scores, classes, numbers.",
)
PREDICTION_P_VALUE = _prediction(
    "drift_p_value", "p-value of the chi-squared test of the predictions in the window against their baseline."
)

_OF_EVERY_KIND = (NULL_RATIO, TYPE_MISMATCH_RATIO, CONSTANT, PSI, JS_DISTANCE, P_VALUE, DRIFTED)
_OF_NUMBERS = (KS_STATISTIC, WASSERSTEIN)
_OF_RANGES = (OUT_OF_RANGE_RATIO,)
_OF_CATEGORIES = (OTHER_RATIO, UNSEEN_RATIO, VANISHED_RATIO, CATEGORIES)


def feature_families(kind: str | None, *, ranged: bool) -> tuple[Family, ...]:
    """Return the families that a feature has in each window.

    Args:
        kind: ``numeric`` or ``categorical``; None: not decided yet, so those of the kind that has more.
        ranged: whether the configuration says which numbers are plausible.
    """
    if kind == "numeric":
        return (*_OF_EVERY_KIND, *_OF_NUMBERS, *(_OF_RANGES if ranged else ()))
    return (*_OF_EVERY_KIND, *_OF_CATEGORIES)


PREDICTION_FAMILIES = (PREDICTION_PSI, PREDICTION_P_VALUE)

FAMILIES = (*_OF_EVERY_KIND, *_OF_NUMBERS, *_OF_RANGES, *_OF_CATEGORIES, *PREDICTION_FAMILIES)

SWITCHABLE = FAMILIES


def _sampled(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), divide(sums["featured.count"], sums["made.count"]))]


def _one(_model: Model) -> int:
    return 1


SPREADS = (
    Spread(
        Family(
            "ml_feature_sample_ratio",
            "gauge",
            "Of the predictions made in the window, the share whose features were looked at: below 1 where more came"
            " than max_feature_rate.",
            series_labels(),
            _AREA,
        ),
        None,
        _sampled,
        _one,
        needs=frozenset({"features"}),
    ),
)
