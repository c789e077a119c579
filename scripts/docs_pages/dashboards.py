"""docs/dashboards.md: every dashboard that the bundle has, for whom it is, and what it answers."""

from docs_pages.markdown import anchor, cell
from ml_exporter.bundle.dashboards import dashboard_kinds
from ml_exporter.bundle.dashboards.definition import DashboardKind

NAME = "dashboards.md"

_INTRODUCTION = """# Dashboards

`ml-exporter bundle` writes them into `grafana/dashboards/`, with the provisioning that Grafana loads them by: from
configuration and catalogue, so that they show what the configured models have, and nothing else. They are classic JSON
(schema version 42), read-only, and have fixed addresses: a change is made in the configuration, or in a copy.

- **Find your way**: the overview's table leads down to each model's dashboards; *ML dashboards*, above each of them,
  leads across. Model, version, window and time go along.
- **Marks on the time axis**: alerts that fire (red), and versions that were not there before (blue).
- **Bands** are 95 % intervals. Where an objective lies within the band, nothing is proven yet.
- **An empty panel says why** it is empty. A gap in a line: there was nothing to compute from, or no scrape.
- The pictures show a fleet of five models, made up for the tests: on the dark ones something is wrong since half the
  time, the light ones are from before. `python -m tests.bundle.history 9090` serves it, for a Grafana to look at.

"""

_NARROW = """
## On a narrow screen

Half a screen, 800 pixels: panels stand side by side as far as they can be read, tables scroll.

![Fleet overview, 800 pixels wide](images/fleet-overview-narrow.png)

![Degradation, 800 pixels wide](images/degradation-narrow.png)
"""


def make() -> str:
    """Return the page."""
    kinds = sorted(dashboard_kinds(), key=lambda kind: kind.place)
    table = [
        "| Dashboard | For | It answers | It is made where |\n| --- | --- | --- | --- |\n",
        *(
            f"| [{kind.title}](#{anchor(kind.title)}) | {cell(kind.audience)} | {cell(kind.question)}"
            f" | {cell(kind.condition or 'always')} |\n"
            for kind in kinds
        ),
    ]
    return _INTRODUCTION + "".join(table) + "".join(map(_chapter, kinds)) + _NARROW


def _chapter(kind: DashboardKind) -> str:
    return (
        f"\n## {kind.title}\n\n"
        f"{kind.question} For {kind.audience}. File `{kind.name}.json`, address `/d/{kind.uid}`.\n\n"
        f"![{kind.title}, in bad times](images/{kind.name}.png)\n\n"
        f"![{kind.title}, in good times](images/{kind.name}-well.png)\n"
    )
