"""docs/commands.md: every command of the command line with its arguments and options."""

from collections.abc import Iterator
from inspect import cleandoc, unwrap
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from typer.main import get_command

from docs_pages.markdown import cell, names
from ml_exporter.cli import build

NAME = "commands.md"

_COMPLETION = """\
## Shell completion

Commands, options and their values are completed with the tab key in bash, zsh and fish, after

```sh
ml-exporter --install-completion      # for the shell that it is typed in; begins with the next one that is started
```

It writes one file, and in bash and zsh a line into `~/.bashrc` or `~/.zshrc`. For a whole machine, or to look at it
first, `ml-exporter --show-completion` prints what it would install:

```sh
ml-exporter --show-completion > /etc/bash_completion.d/ml-exporter                     # typed in bash
ml-exporter --show-completion > /usr/share/zsh/vendor-completions/_ml-exporter         # typed in zsh
ml-exporter --show-completion > /usr/share/fish/vendor_completions.d/ml-exporter.fish  # typed in fish
```

"""

_KINDS: dict[Any, str] = {str: "text", Path: "path", int: "whole number", float: "number"}


def make() -> str:
    """Return the page."""
    root = get_command(build())
    parts = ["# Commands\n\n", f"{cleandoc(root.help or '')}\n\n"]
    parts += [_COMPLETION]
    for name, command in commands(root, "ml-exporter"):
        parts += _command(name, command)
    return "".join(parts).rstrip("\n") + "\n"


def commands(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every command below a group with its whole name, those of groups within it included.

    Args:
        group: a command of the library under typer.
        name: of the group.
    """
    for own, command in sorted(getattr(group, "commands", {}).items()):
        whole = f"{name} {own}"
        if getattr(command, "commands", None):
            yield from commands(command, whole)
        elif not command.hidden:
            yield whole, command


def _command(name: str, command: Any) -> Iterator[str]:
    hints = get_type_hints(unwrap(command.callback), include_extras=True)
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    shown = "".join(f" {_metavar(argument)}" for argument in arguments)
    yield f"## {name}\n\n```\n{name}{shown}{' [OPTIONS]' if options else ''}\n```\n\n"
    yield f"{cleandoc(command.help or '')}\n\n"
    if command.params:
        yield "| | Takes | Default | Meaning |\n| --- | --- | --- | --- |\n"
        for argument in arguments:
            yield _row(f"`{_metavar(argument)}`", argument, hints[argument.name])
        for option in options:
            yield _row(names((*option.opts, *option.secondary_opts)), option, hints[option.name])
        yield "\n"


def _row(named: str, parameter: Any, hint: object) -> str:
    return f"| {named} | {_takes(hint)} | {_default(parameter)} | {cell(parameter.help or '')} |\n"


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _takes(hint: object) -> str:
    """Return what a parameter takes, from its annotation: the command line's own words differ by version."""
    kind, *details = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    kind = next((one for one in get_args(kind) if one in _KINDS), kind)  # text or nothing
    if get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(kind))
    said = [_KINDS.get(kind, "")]
    for detail in details:
        lowest, highest = getattr(detail, "min", None), getattr(detail, "max", None)
        said += [f"from {lowest:g}"] if lowest is not None else []
        said += [f"to {highest:g}"] if highest is not None else []
    return " ".join(part for part in said if part)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return "on"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
