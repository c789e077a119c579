"""``ml-exporter bundle``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from ml_exporter import bundle as bundle_room
from ml_exporter.bundle import PARTS, By, FormError, GeneratedFile, Source
from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration

_FORMS = bundle_room.forms()


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def bundle(
        file: ConfigurationFile,
        out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path(),
        only: Annotated[str, typer.Option(help=f"Parts to write, with commas between: {','.join(PARTS)}.")] = "",
        form: Annotated[
            str,
            typer.Option("--format", help=f"{'; '.join(f'`{name}`: {one.about}' for name, one in _FORMS.items())}."),
        ] = "files",
        split: Annotated[
            Literal["none", "team", "model"],
            typer.Option(help="For hundreds of models: the rules of each team or model in a folder of their own."),
        ] = "none",
        diff: Annotated[
            bool, typer.Option("--diff", help="Write nothing; show what would change. Exit code 1 if anything would.")
        ] = False,
        explain: Annotated[
            bool, typer.Option("--explain", help="Write nothing: print every setting and where it came from.")
        ] = False,
    ) -> None:
        """Write what Prometheus, Alertmanager and Grafana need for this configuration.

        Makes prometheus/ (scrape configuration, rules and their unit tests), alertmanager/ (routes, receivers,
        templates) and grafana/ (provisioning, dashboards), and prints what it has written. The same configuration
        always gives the same bytes, so the files can be committed and compared. What an earlier bundle has written into
        the same folders, and this one does not have, is removed.

        Teams with a stack of their own take parts of it: `ml-exporter bundle monitoring.yml --only rules,dashboards`.
        For Kubernetes: `ml-exporter bundle monitoring.yml --format kubernetes`, or `--format helm` for a chart.

        With --explain it says of every setting and of every alert whether the file, the model, the strategy or the
        default decided it.
        """
        if explain:
            typer.echo(bundle_room.explain(read_configuration(file)), nl=False)
            return
        files = _made(file, _parts(only), form, None if split == "none" else split)
        if diff:
            lines = list(bundle_room.differences(files, out, file.name))
            typer.echo("".join(lines), nl=False)
            raise typer.Exit(1 if lines else 0)
        _write(files, out, file.name)


def _made(file: Path, parts: tuple[str, ...], form: str, by: By | None) -> Sequence[GeneratedFile]:
    """Make the files that are asked for."""
    if form not in _FORMS:
        fail(f"--format {form}: no such form; choose from {', '.join(_FORMS)}")
    monitoring = read_configuration(file)
    files = bundle_room.generate(monitoring, source=file.name)
    if by is not None:
        files = bundle_room.split_rules(files, monitoring, by, file.name)
    wanted = [made for made in files if made.part in parts]
    try:
        return _FORMS[form].convert(wanted, monitoring, Source(file.name, file.read_text(encoding="utf-8")))
    except FormError as error:
        fail(str(error))


def _write(files: Sequence[GeneratedFile], out: Path, source: str) -> None:
    """Write files, and remove what an earlier bundle has left behind."""
    try:
        bundle_room.write(files, out)
        old = bundle_room.left_over(files, out, source)
        for path in old:
            path.unlink()
    except OSError as error:
        fail(f"{error.filename} cannot be written ({error.strerror}); make it writable, or choose another --out")
    for made in files:
        typer.echo(str(out / made.path))
    for path in old:
        typer.echo(f"{path} removed: the configuration makes it no more")


def _parts(only: str) -> tuple[str, ...]:
    """Return the parts that are asked for: all of them where none is named."""
    parts = tuple(part.strip() for part in only.split(",") if part.strip()) or PARTS
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        fail(f"--only {','.join(unknown)}: no such part; choose from {','.join(PARTS)}")
    return parts
