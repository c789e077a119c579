"""A model as alerts look at it: its series, what they are called in the tests, and where its links lead."""

from dataclasses import dataclass

from ml_exporter.bundle.alerts.choice import threshold
from ml_exporter.bundle.alerts.condition import AlertKind, Sample, steady
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.alerts.told import TESTED_VERSION, VERSION_IN_LINK, VERSION_TOLD, Told, queried, told
from ml_exporter.bundle.promql import JOB, over_instances, selector
from ml_exporter.bundle.templating import VERSION
from ml_exporter.config import ModelSettings, Monitoring

_DAY = 86_400.0
EVENTS_IN_TESTS = 200


@dataclass(frozen=True)
class WatchedModel:
    """A model, and the configuration that it stands in."""

    monitoring: Monitoring
    model: ModelSettings

    def counted(self, family: str, **labels: str) -> str:
        """Return a family that counts events: exporters that share the model are added up."""
        operator = "sum" if len(self.monitoring.prometheus.targets) > 1 else "max"
        return over_instances(operator, self.selected(family, **labels))

    @property
    def labels(self) -> dict[str, str]:
        """Return the label that every alert about the model adds."""
        return {"model_name": self.model.name}

    @property
    def brought(self) -> dict[str, str]:
        """Return the labels that the series of a version bring in the tests."""
        return {"job": JOB, "model_version": TESTED_VERSION}

    @property
    def shortest(self) -> str:
        """Return the window that knows first."""
        return str(self.monitoring.windows[0])

    @property
    def daily(self) -> str:
        """Return the shortest window that holds a whole day, so that no hour of the day looks like a change."""
        whole = (window for window in self.monitoring.windows if window.seconds >= _DAY)
        return str(next(whole, self.monitoring.windows[-1]))

    def selected(self, family: str, **labels: str) -> str:
        """Return the selector of a family of the model."""
        return selector(family, model_name=self.model.name, **labels)

    def largest(self, family: str, **labels: str) -> str:
        """Return a family of the model, the same for a pair of exporters as for one."""
        return over_instances("max", self.selected(family, **labels))

    def sample(self, family: str, calm: float | str, troubled: float | str, **labels: str) -> Sample:
        """Return a series of a version for the tests."""
        return Sample(family, self._of_version(**labels), calm, troubled)

    def steady(self, family: str, value: float | str, **labels: str) -> Sample:
        """Return a series of a version that is the same all the time."""
        return steady(family, self._of_version(**labels), value)

    def _of_version(self, **labels: str) -> dict[str, str]:
        return {"model_name": self.model.name, "model_version": TESTED_VERSION, **labels}

    def threshold(self, kind: AlertKind) -> float:
        """Return what the value of an alert about the model is compared with."""
        return threshold(self.monitoring, kind.name, kind.threshold, self.model)

    def requests(self, window: str) -> tuple[Told, Sample]:
        """Tell how many requests of the alert's version succeeded in a window; return the series that says so."""
        counted = {"model_name": self.model.name, "window": window, "status": "success"}
        largest = over_instances("max", selector("ml_window_requests", model_version=VERSION, **counted))
        return (
            told("{} requests", queried(f"sum({largest})", "%.0f", str(EVENTS_IN_TESTS))),
            self.steady("ml_window_requests", EVENTS_IN_TESTS, window=window, status="success"),
        )

    def enough_requests(self, window: str, minimum: int) -> str:
        """Return the versions that had that many successful requests in a window, for `and on (...)`."""
        return f"{self.largest('ml_window_requests', window=window, status='success')} >= {minimum}"

    def annotations(
        self,
        kind: AlertKind,
        summary: Told,
        description: Told,
        *,
        value: Told,
        limit: Told | str,
        window: str = "",
        further: dict[str, Told] | None = None,
        of_version: bool = True,
    ) -> dict[str, Told]:
        """Return the annotations of an alert about the model.

        Args:
            kind: of the alert.
            summary: goes on after the model and, where the alert is about one, its version.
            description: one or several whole sentences.
            value: what is the case.
            limit: what should be.
            window: that the value is about.
            further: other annotations, such as ``events``: how many the value rests on.
            of_version: whether the alert is about a version.
        """
        variables = {"model_version": VERSION_IN_LINK} if of_version else {}
        variables |= {"window": Told(window, window)} if window else {}
        return {
            "summary": told("{}: {}", self.subject if of_version else self.model.name, summary),
            "description": description,
            "value": value,
            "threshold": limit if isinstance(limit, Told) else Told(limit, limit),
            **({"window": Told(window, window)} if window else {}),
            **(further or {}),
            "dashboard_url": self.link(**variables),
            "runbook_url": told(runbook(self.monitoring, kind.name)),
        }

    @property
    def subject(self) -> Told:
        """Tell the model and its version."""
        return told("{} {}", self.model.name, VERSION_TOLD)

    def link(self, **variables: Told) -> Told:
        """Tell the address of its dashboard."""

        def address(form: str) -> str:
            filled = {name: getattr(text, form) for name, text in variables.items()}
            return dashboard(self.monitoring, self.model.name, **filled)

        return Told(address("template"), address("printed"))


def watched_models(monitoring: Monitoring) -> list[WatchedModel]:
    """Return every model that is configured."""
    return [WatchedModel(monitoring, model) for model in monitoring.models]
