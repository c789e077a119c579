"""What the demo shows while it runs: a live table on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ml_exporter.demo.stages import STAGES, Watch


class Display:
    """Shows a watch's progress."""

    def __init__(self, console: Console, urls: dict[str, str]) -> None:
        """Prepare a display.

        Args:
            console: where to show it.
            urls: what can be opened, by name.
        """
        self._console = console
        self._urls = urls
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Print the URLs, and keep a live table while the context lasts, where there is a terminal."""
        for name, url in self._urls.items():
            self._console.print(f"  {name:<14}{url}", highlight=False)
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, refresh_per_second=4) as self._live:
            yield
        self._live = None

    def update(self, watch: Watch, fresh: list[str]) -> None:
        """Show what has been seen.

        Args:
            watch: what was seen.
            fresh: the stages that are new.
        """
        if self._live is not None:
            self._live.update(self._table(watch))
            return
        for name in fresh:
            line = f"[{watch.reached[name]:6.1f} s] {name} {_detail(watch)}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def message(self, watch: Watch) -> None:
        """Show the Slack message."""
        if watch.message is not None:
            self._console.print(Panel(Text(watch.message.text), title="Slack", expand=False))

    def summary(self, watch: Watch) -> None:
        """Say how long each stage took since the one before it."""
        table = Table(title="How long it took", title_justify="left", show_header=True)
        table.add_column("Stage")
        table.add_column("After the one before", justify="right")
        table.add_column("Since the beginning", justify="right")
        before = 0.0
        for name, _ in STAGES:
            if name in watch.reached:
                at = watch.reached[name]
                table.add_row(name, f"{at - before:.1f} s", f"{at:.1f} s")
                before = at
            else:
                table.add_row(name, "[red]not seen[/]", "")
        self._console.print(table)

    def _table(self, watch: Watch) -> RenderableType:
        stages = Table.grid(padding=(0, 2))
        waiting = watch.missing
        for name, _ in STAGES:
            if name in watch.reached:
                stages.add_row("[green]✔[/]", name, f"[dim]{watch.reached[name]:.0f} s[/]")
            else:
                current = waiting and waiting[0] == name
                stages.add_row("[yellow]…[/]" if current else " ", name if current else f"[dim]{name}[/]", "")
        return Group(stages, Text(_detail(watch), style="bold"))


def _detail(watch: Watch) -> str:
    producer = watch.producer
    if producer.phase in {"starting", "training"}:
        return "(training the model)"
    quality = f"accuracy {watch.quality}, objective {watch.threshold}" if watch.quality else "no outcomes yet"
    seen = f"{producer.predictions:,} predictions, {producer.labels:,} labels"
    return f"(flights of {producer.flights_time}: {seen}; {quality})"
