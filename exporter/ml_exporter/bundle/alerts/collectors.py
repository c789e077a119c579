"""A collector fails: what it reads of the machine is missing."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.machine import BROUGHT, INSTANCE, annotations, each
from ml_exporter.bundle.alerts.told import label, told
from ml_exporter.config import Monitoring

_SUCCESS = "ml_exporter_collector_success"
_TESTED = "disk"

FAILING = AlertKind(
    "MLCollectorFailing",
    "A collector has not succeeded: what it reads of the machine (processor, memory, disks, GPUs, serving processes) is"
    " missing.",
    by_instance=True,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    if not any(settings.enabled for settings in monitoring.collectors.values()):
        return []
    collector = label("collector", _TESTED)
    return [
        Condition(
            FAILING,
            f"{each(_SUCCESS)} == 0",
            {},
            {**BROUGHT, "collector": _TESTED},
            annotations(
                monitoring,
                FAILING,
                told("{}: the collector {} fails", INSTANCE, collector),
                told(
                    "{}: the collector {} fails, or takes longer than its timeout. What it could not read is missing"
                    " until it succeeds; no alert can look at it. Nothing else is harmed.",
                    INSTANCE,
                    collector,
                ),
                value=told("its last collection failed"),
                limit="every collection succeeds",
            ),
            [Sample(_SUCCESS, {"collector": _TESTED}, 1, 0)],
        )
    ]


GROUP = alert_group(
    "collectors", "Collectors: what they read of the machine is missing.", (FAILING,), _conditions, about_models=False
)
