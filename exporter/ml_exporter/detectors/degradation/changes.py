"""The log of verdicts: an event for each alarm and each recovery, with everything needed to understand it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import structlog

from ml_exporter.detectors.degradation.fleet import Judged, combined
from ml_exporter.detectors.interface import CHANGE_TIME, Bucket, Detector

_log = structlog.get_logger(__name__)


def log(judged: Judged, bucket: Bucket, detectors: Sequence[Detector], timezone: str) -> None:
    """Log which streams a bucket has made degraded, and which have recovered."""
    for place in np.flatnonzero(judged.raised | judged.recovered).tolist():
        fleet = judged.fleet
        stream = fleet.streams[place]
        baseline = fleet.baseline(bucket, timezone)
        together = combined(detectors, fleet.evidence, len(fleet.streams))
        said = [name for name, evidence in fleet.evidence.items() if evidence.alarm[place]]
        changed = [
            evidence.extras[CHANGE_TIME][place]
            for evidence in fleet.evidence.values()
            if CHANGE_TIME in evidence.extras
        ]
        _log.warning(
            "metric degraded" if judged.raised[place] else "metric recovered",
            model_name=stream.model,
            model_version=stream.version,
            metric=stream.metric,
            outcomes=round(float(bucket.outcomes[place])),
            bad_level=_rounded(bucket.level[place]),
            baseline_level=_rounded(baseline.mean[place]),
            baseline_bound=_rounded(baseline.bound[place]),
            log10_evidence=_rounded(together.log10_evidence[place]),
            log10_threshold=_rounded(together.log10_threshold[place]),
            detected_by=",".join(sorted(said)),
            changed_at=_time(changed[0]) if changed else None,
            bucket_end=_time(bucket.end),
        )


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.6g}")


def _time(seconds: float) -> str | None:
    return None if not np.isfinite(seconds) else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
