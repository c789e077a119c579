"""The section ``models``: which models are watched, and what is expected of them."""

from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from ml_exporter import catalogue
from ml_exporter.config.alerting import ModelAlertChoices
from ml_exporter.config.base import Section, Wrong, refusal
from ml_exporter.config.business import BusinessSettings, CostMatrix
from ml_exporter.config.detection import BaselineSettings, ModelDetection
from ml_exporter.config.duration import Duration
from ml_exporter.config.feature import MOST_FEATURES, Features
from ml_exporter.config.names import Name
from ml_exporter.config.objective import Objectives
from ml_exporter.config.process import ProcessSettings
from ml_exporter.config.strategy import Strategy
from ml_exporter.config.switches import SwitchSettings
from ml_exporter.events import Categorical, Task, class_text, tasks


def _class_text(value: Any) -> Any:
    return class_text(value) if isinstance(value, bool | int | float | str) else value


ClassValue = Annotated[str, BeforeValidator(_class_text, json_schema_input_type=bool | int | float | str)]


class MissingLabel(Section):
    """What silence means: no click, no fraud, no churn."""

    after: Duration
    """How long after a prediction the absence of a label is taken for one."""

    actual: ClassValue
    """What is then taken for true."""


class ModelSettings(Section):
    """One model, in all its versions."""

    name: str = Field(min_length=1)
    """The `model_name` that its events carry."""

    team: Name | None = None
    """The team that answers for it: its alerts carry the name, and routes may be by it."""

    owner: Name | None = None
    """Who answers for it; likewise."""

    task: str
    """What the model does: `binary` (it decides between two classes), `multiclass` (between several), `ranking`
    (it puts items in order), `regression` (it predicts a number)."""

    positive_class: ClassValue = "1"
    """Binary: the class that precision, recall, F1 and the score speak of."""

    negative_class: ClassValue | None = None
    """Binary: the other class. Where it is given (0 by default, if the positive class is 1), any third value is
    rejected as a bad value; where it is not, every value that is not the positive class is negative."""

    decision_threshold: float = Field(default=0.5, gt=0, lt=1)
    """Binary: a score at or above it means the positive class, where an event brings no prediction of its own."""

    classes: list[ClassValue] = []
    """Multiclass: the classes that the model tells apart. Any other one is rejected as a bad value. New classes are
    added at the end: the order is part of what the store keeps."""

    top_k: list[int] = []
    """Multiclass: how often is the actual class among the k with the highest scores? For each k listed here."""

    k: list[int] = [10]
    """Ranking: how many of the first items count, one or more of 1, 2, 3, 5, 10, 20, 50, 100. So many items as the
    largest of them are kept of every prediction: where it is raised later, earlier predictions count as shorter."""

    max_confusion_cells: int = Field(default=400, ge=4)
    """Multiclass: how many cells of the confusion matrix are shown one by one, the fullest first; the outcomes of the
    others count together, with `__other__` as both classes. All cells of up to 20 classes by default."""

    segments: list[str] = []
    """Segment keys by which the metrics are sliced, one key at a time."""

    max_segment_values: int = Field(default=100, ge=1)
    """How many values of one segment key have a slice of their own; the rest share `__other__`."""

    features: Features = Field(default=[], max_length=MOST_FEATURES)
    """The features that are watched for drift and for the quality of their data: names, or sections with more to say,
    as in `[amount, {name: age, range: [0, 120]}]`."""

    max_feature_rate: float | None = Field(default=None, gt=0)
    """Predictions a second, by their own time, whose features are looked at. Where more come, it is a sample, the same
    after a restart: which ones is decided by the hash of the prediction_id. Default: all."""

    max_timeseries: int = Field(default=20_000, ge=100)
    """Upper bound on the time series of this model; further versions and segment values share `__other__`."""

    retire_after: Duration = Duration.parse("30d")
    """A version without predictions and labels for this long is no longer exposed."""

    objectives: Objectives = {}
    """What its metrics should reach: metric id to value, or to threshold, window, minimum_outcomes, severity."""

    missing_label: MissingLabel | None = None
    """What the absence of a label says. Default: nothing; the prediction expires unlabelled after `label_horizon`."""

    correction_window: Duration | None = None
    """How long after a label another one may correct it (a chargeback that is reversed). Default: never: a label that
    says otherwise is a conflict, and the first one stands."""

    business: BusinessSettings = BusinessSettings()
    """What its decisions are worth: conversions, revenue, costs."""

    baseline: BaselineSettings = BaselineSettings()
    """What its metrics are compared with."""

    detection: ModelDetection = ModelDetection()
    """Which of its metrics are judged."""

    strategy: Strategy | None = None
    """How much of it is watched, where that is not as `strategy` says for all."""

    switches: SwitchSettings = SwitchSettings()
    """What of watching it is done at all, where that is not as `switches` says for all."""

    alerts: ModelAlertChoices = {}
    """What is different about the alerts of this model, by name, as under `alerting.alerts`."""

    process: ProcessSettings | None = None
    """How to find the process that serves it, for its memory and its connections."""

    @field_validator("segments")
    @classmethod
    def _segments_are_distinct(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            raise ValueError("names a segment key twice; name each once")
        return value

    @field_validator("features")
    @classmethod
    def _features_are_distinct(cls, value: Features) -> Features:
        names = [feature.name for feature in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"names {twice!r} twice; name each feature once")
        return value

    @model_validator(mode="after")
    def _task_is_known_and_has_its_options(self) -> Self:
        known = tasks()
        if self.task not in known:
            raise ValueError(f"task: {self.task!r} is no task; choose from {', '.join(known)}")
        all_options = {option for kind in known.values() for option in kind.options}
        strange = sorted((self.model_fields_set & all_options) - known[self.task].options)
        if strange:
            raise ValueError(f"{strange[0]}: is no option of the task {self.task}; remove it")
        known[self.task].make(self._options())
        return self

    @model_validator(mode="after")
    def _silence_means_something(self) -> Self:
        silence = self.missing_label
        if silence is not None and not self.definition.usable(Categorical.constant(silence.actual, 1)).all():
            form = self.definition.actual_form
            raise ValueError(f"missing_label.actual: {silence.actual!r} means nothing to the model; write {form}")
        return self

    @model_validator(mode="after")
    def _business_fits_the_task(self) -> Self:
        business = self.business
        if self.task != "binary" and (business.conversion or business.value is not None):
            raise ValueError(f"business: conversion and value need the task binary, not {self.task}; remove them")
        if business.costs and not self.class_names:
            raise ValueError(f"business.costs: the task {self.task} has no classes to confuse; remove it")
        try:
            business.cost_matrix(self.task, self.class_names)
        except ValueError as error:
            raise ValueError(f"business.{error}") from None
        return self

    @model_validator(mode="after")
    def _objectives_name_metrics(self) -> Self:
        metrics = {metric.id: metric for metric in catalogue.metrics() if metric.applies(self.task, self.offers)}
        misfits = {name: objective.misfit(name, metrics, self.task) for name, objective in self.objectives.items()}
        wrong: list[Wrong] = [(("objectives", name), misfit) for name, misfit in misfits.items() if misfit]
        if wrong:
            raise refusal("objectives", wrong)
        return self

    @model_validator(mode="after")
    def _judged_metrics_can_be_judged(self) -> Self:
        watched = [metric.id for metric in self._metrics() if metric.can_be_judged]
        unknown = sorted(set(self.detection.metrics or ()) - set(watched))
        if unknown:
            raise ValueError(
                f"detection.metrics: {unknown[0]!r} is no metric of this model that detectors know how to judge;"
                f" choose from {', '.join(watched)}"
            )
        return self

    def _metrics(self) -> list[catalogue.Metric]:
        return [metric for metric in catalogue.metrics() if metric.applies(self.task, self.offers)]

    @property
    def judged_metrics(self) -> tuple[str, ...]:
        """The metrics that detectors compare with the baseline."""
        wanted = self.detection.metrics
        return tuple(
            metric.id
            for metric in self._metrics()
            if metric.can_be_judged
            and (metric.judged_by_default(self.offers) if wanted is None else metric.id in wanted)
        )

    @property
    def slow_request_seconds(self) -> float | None:
        """The seconds beyond which a request is slow: the objective of the highest latency quantile, if any."""
        quantiles = ("prediction_latency_p99", "prediction_latency_p95", "prediction_latency_p50")
        return next((self.objectives[name].threshold for name in quantiles if name in self.objectives), None)

    @cached_property
    def definition(self) -> Task:
        """What the task's events mean for this model."""
        return tasks()[self.task].make(self._options())

    def _options(self) -> dict[str, Any]:
        return {option: getattr(self, option) for option in tasks()[self.task].options}

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that the model tells apart; none for a task without classes."""
        return self.definition.class_names

    @cached_property
    def offers(self) -> frozenset[str]:
        """What this model has beyond its task, for metrics that need it (see ``Metric.needs``)."""
        business = self.business
        revenue = business.currency is not None and (business.conversion or business.value is not None)
        return self.definition.offers | frozenset(
            name
            for name, offered in {
                "features": bool(self.features),
                "conversion": business.conversion,
                "revenue": self.task == "binary" and revenue,
                "costs": bool(business.costs),
                "value": revenue or "value" in business.costs.values(),
            }.items()
            if offered
        )

    def label_value(self, label: str) -> str:
        """Return the value of a label that is the model's own, the same in all its series (see ``Metric``).

        Raises:
            KeyError: no model has such a label.
        """
        return {"currency": self.business.currency or ""}[label]

    @cached_property
    def costs(self) -> CostMatrix:
        """What each outcome costs."""
        return self.business.cost_matrix(self.task, self.class_names)

    @property
    def value_feature(self) -> str | None:
        """The feature that holds the money at stake, if any."""
        return self.business.value

    @property
    def layout(self) -> tuple[object, ...]:
        """What decides the shape of the model's statistics: models with the same layout are computed together."""
        return (self.task, self.offers, self.class_names, self.max_confusion_cells)
