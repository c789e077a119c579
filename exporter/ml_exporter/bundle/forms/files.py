"""Plain files, as Prometheus, Alertmanager and Grafana read them themselves."""

from collections.abc import Sequence

from ml_exporter.bundle.forms import Form, Source
from ml_exporter.bundle.generated import GeneratedFile
from ml_exporter.config import Monitoring


def _as_they_are(files: Sequence[GeneratedFile], _monitoring: Monitoring, _source: Source) -> Sequence[GeneratedFile]:
    return files


FORM = Form("files", "for servers that read files", _as_they_are)
