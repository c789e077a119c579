"""The exporter serves by an older web configuration than its file has: the file, or a certificate, has become bad."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.machine import BROUGHT, INSTANCE, annotations, each
from ml_exporter.bundle.alerts.told import told
from ml_exporter.config import Monitoring

_SUCCESSFUL = "ml_exporter_web_config_last_load_successful"

REFUSED = AlertKind(
    "MLWebConfigReloadFailed",
    "The web configuration file, or a certificate that it names, has become bad: what it said before is in force.",
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
                told("{}: its new web configuration is not in force", INSTANCE),
                told(
                    "{}: the web configuration file, or a certificate that it names, cannot be used. What it said"
                    " before is in force: a user who was removed may still come in, and a certificate that was to be"
                    " renewed ends when it ends. The log names the error.",
                    INSTANCE,
                ),
                value=told("the file cannot be used"),
                limit="the file is in force as it is",
            ),
            [Sample(_SUCCESSFUL, {}, 1, 0)],
        )
    ]


GROUP = alert_group(
    "web-configuration",
    "The exporter's web configuration: a new one is not in force.",
    (REFUSED,),
    _conditions,
    about_models=False,
)
