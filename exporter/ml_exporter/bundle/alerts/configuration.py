"""The exporter works by an older configuration than its file has: a reload was refused."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.machine import BROUGHT, INSTANCE, annotations, each
from ml_exporter.bundle.alerts.told import told
from ml_exporter.config import Monitoring

_SUCCESSFUL = "ml_exporter_config_last_reload_successful"

REFUSED = AlertKind(
    "MLConfigReloadFailed",
    "The configuration was to be read again and could not be used: the exporter goes on with what was in force before.",
    by_instance=True,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [
        Condition(
            REFUSED,
            f"{each(_SUCCESSFUL)} == 0",
            {},
            BROUGHT,
            annotations(
                monitoring,
                REFUSED,
                told("{}: its new configuration is not in force", INSTANCE),
                told(
                    "{}: the configuration could not be used when it was last to be read. The exporter goes on with the"
                    " one before, but would not start again with this file; its log names every error.",
                    INSTANCE,
                ),
                value=told("the last reload failed"),
                limit="every reload succeeds",
            ),
            [Sample(_SUCCESSFUL, {}, 1, 0)],
        )
    ]


GROUP = alert_group(
    "configuration",
    "The exporter's configuration: a new one is not in force.",
    (REFUSED,),
    _conditions,
    about_models=False,
)
