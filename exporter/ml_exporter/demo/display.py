"""What the demo shows while it runs: a live table on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ml_exporter.demo.slack import Message
from ml_exporter.demo.stages import STAGES, News, Watch


class Display:
    """Shows a watch's progress."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Keep a live table while the context lasts, where there is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        with self._live:
            yield
        self._live = None

    def say(self, text: str, style: str = "") -> None:
        """Print a line as it is."""
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def stopped(self) -> None:
        """Say that somebody ended the demo; on a terminal, below the ^C that stands there."""
        self.say("\nStopped." if self._console.is_terminal else "Stopped.")

    def addresses(self, named: dict[str, str]) -> None:
        """Print what can be opened, by name."""
        width = max(map(len, named))
        for name, address in named.items():
            self.say(f"  {name:<{width}}  {address}")

    def update(self, watch: Watch, news: News) -> None:
        """Show what has been seen, and what of it is new."""
        if self._live is not None:
            self._live.update(self._progress(watch))
        else:
            for name in news.stages:
                self.say(f"[{watch.reached[name]:6.1f} s] {name} ({_detail(watch)})")
        for message in news.messages:
            self.message(message)

    def message(self, message: Message) -> None:
        """Show a Slack message; its links stand below it, each on one line, to be copied."""
        self._console.print(Panel(Text(message.text), title="Slack", title_align="left", expand=False))
        if message.links:
            self.addresses(message.links)

    def summary(self, watch: Watch) -> None:
        """Say how long each stage took since the one before it."""
        table = Table("Stage", title="How long it took", title_justify="left")
        table.add_column("Took", justify="right")
        table.add_column("After", justify="right")
        before = 0.0
        for name, _ in STAGES:
            if name in watch.reached:
                at = watch.reached[name]
                table.add_row(name, f"{at - before:.1f} s", f"{at:.1f} s")
                before = at
            else:
                table.add_row(name, "[red]not seen[/]", "")
        self._console.print(table)

    def _progress(self, watch: Watch) -> RenderableType:
        stages = Table.grid(padding=(0, 2))
        waiting = watch.missing
        for name, _ in STAGES:
            if name in watch.reached:
                stages.add_row("[green]✔[/]", name, f"[dim]{watch.reached[name]:.0f} s[/]")
            elif name == waiting[0]:
                stages.add_row("[yellow]…[/]", name, f"[yellow]{watch.elapsed:.0f} s[/]")
            else:
                stages.add_row("", f"[dim]{name}[/]", "")
        return Group(stages, Text(_detail(watch), style="bold"))


def _detail(watch: Watch) -> str:
    producer = watch.producer
    quality = f"accuracy {watch.quality}, objective {watch.threshold:g}" if watch.quality else "no outcomes yet"
    return (
        f"flights of {producer.flights_time}, {producer.predictions:,} predicted, {producer.labels:,} landed; {quality}"
    )
