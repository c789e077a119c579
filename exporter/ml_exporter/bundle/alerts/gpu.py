"""A GPU is hot, or its memory is full."""

from collections.abc import Mapping, Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group, steady
from ml_exporter.bundle.alerts.machine import BROUGHT, INSTANCE, annotations, collects, each, limit
from ml_exporter.bundle.alerts.told import label, percent, told, value
from ml_exporter.bundle.promql import number
from ml_exporter.config import Monitoring

_GPU: Mapping[str, str] = {"gpu": "0", "uuid": "GPU-1", "name": "A100"}
_BROUGHT = {**BROUGHT, **_GPU}
_TOTAL = 64 << 30
_NAME = told("GPU {} ({})", label("gpu", _GPU["gpu"]), label("name", _GPU["name"]))

MEMORY = AlertKind(
    "MLGPUMemoryHigh",
    "Of a GPU's memory more than the threshold, as a share, is in use.",
    threshold=0.95,
    by_instance=True,
)
HOT = AlertKind(
    "MLGPUHot",
    "A GPU is hotter than the threshold, in degrees Celsius: it slows itself down to cool.",
    threshold=85,
    by_instance=True,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [_memory(monitoring), _hot(monitoring)] if collects(monitoring, "gpu") else []


def _memory(monitoring: Monitoring) -> Condition:
    most = limit(monitoring, MEMORY)
    used = (1 + most) / 2
    return Condition(
        MEMORY,
        f"{each('ml_gpu_memory_used_bytes')} / {each('ml_gpu_memory_total_bytes')} > {number(most)}",
        {},
        _BROUGHT,
        annotations(
            monitoring,
            MEMORY,
            told("{}: the memory of {} is nearly full", INSTANCE, _NAME),
            told(
                f"{{}}: {{}} of the memory of {{}} is in use; it should be at most {number(100 * most)}%. A larger"
                " request, or another process, then fails.",
                INSTANCE,
                percent(used),
                _NAME,
            ),
            value=percent(used),
            limit=f"at most {number(100 * most)}%",
        ),
        [
            Sample("ml_gpu_memory_used_bytes", _GPU, most * _TOTAL / 2, used * _TOTAL),
            steady("ml_gpu_memory_total_bytes", _GPU, _TOTAL),
        ],
    )


def _hot(monitoring: Monitoring) -> Condition:
    most = limit(monitoring, HOT)
    degrees = value(most + 5, " °C")
    return Condition(
        HOT,
        f"{each('ml_gpu_temperature_celsius')} > {number(most)}",
        {},
        _BROUGHT,
        annotations(
            monitoring,
            HOT,
            told("{}: {} is hot", INSTANCE, _NAME),
            told(
                f"{{}}: {{}} has {{}}; it should have at most {number(most)} °C. It slows itself down to cool.",
                INSTANCE,
                _NAME,
                degrees,
            ),
            value=degrees,
            limit=f"at most {number(most)} °C",
        ),
        [Sample("ml_gpu_temperature_celsius", _GPU, most, most + 5)],
    )


GROUP = alert_group(
    "gpu",
    "GPUs: one is hot, or its memory is full.",
    (MEMORY, HOT),
    _conditions,
    area="resources",
    about_models=False,
)
