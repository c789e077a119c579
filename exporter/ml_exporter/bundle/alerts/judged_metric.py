"""A metric of a model that alerts speak of, and the cases that every verdict on it has to stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_exporter.bundle.alerts import Case, ExpectedAlert
from ml_exporter.bundle.alerts.course import Course
from ml_exporter.bundle.promql import selector
from ml_exporter.catalogue import Metric
from ml_exporter.config import ModelSettings


@dataclass(frozen=True)
class JudgedMetric:
    """A metric of a model, in the window that is told."""

    model: ModelSettings
    metric: Metric
    window: str
    """As its label has it."""

    @property
    def events(self) -> str:
        """What the metric is made of."""
        return "outcomes" if self.metric.clock == "outcome" else "requests"

    @property
    def counted(self) -> str:
        """The family that counts these in a window."""
        return f"ml_window_{self.events}"

    def series(self, family: str, version: str, instance: str, **labels: str) -> str:
        """Return the series of a family that an exporter shows of a version of the model."""
        own = {"model_name": self.model.name, "model_version": version}
        return selector(family, **own, **labels, instance=f"{instance}:9877")


def outages(
    alert: str,
    seen: Course,
    vanishing: Mapping[str, str],
    lasting: Mapping[str, str],
    known: Sequence[ExpectedAlert],
    unknown: Sequence[ExpectedAlert],
) -> list[Case]:
    """Return the cases that show of a verdict that no outage resolves it.

    Args:
        alert: its name.
        seen: the course of the cases.
        vanishing: series of the verdict and of all that is looked up, which go missing.
        lasting: the same, but the verdict's, which go on.
        known: what fires while values are known.
        unknown: what fires without them.
    """
    return [
        Case(
            alert,
            "An outage of the exporter resolves nothing while keep_firing_for lasts",
            vanishing,
            seen.in_outage,
            known,
            outage=True,
        ),
        Case(
            alert,
            "An outage of its events resolves nothing: the verdict outlives the value",
            lasting,
            seen.over,
            unknown,
            outage=True,
        ),
    ]
