"""Drift and the quality of features, by version and window: they wait for no label."""

from ml_exporter.catalogue.definition import Family, series_labels

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

FEATURE_FAMILIES = (
    NULL_RATIO,
    TYPE_MISMATCH_RATIO,
    OUT_OF_RANGE_RATIO,
    CONSTANT,
    OTHER_RATIO,
    UNSEEN_RATIO,
    PSI,
    KS_STATISTIC,
    JS_DISTANCE,
    WASSERSTEIN,
    P_VALUE,
    DRIFTED,
)
"""A feature has those of its kind, in each window."""

PREDICTION_FAMILIES = (PREDICTION_PSI, PREDICTION_P_VALUE)

FAMILIES = (*FEATURE_FAMILIES, *PREDICTION_FAMILIES)
