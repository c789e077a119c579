"""docs/configuration.md: every option of every section."""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs_pages.markdown import anchor, cell
from ml_exporter.config import CollectorSettings, Duration, FeedSettings, Monitoring, Section, WebSettings
from ml_exporter.config.alerting import ReceiverSettings
from ml_exporter.pipeline import plug_in_kinds

NAME = "configuration.md"

_INTRODUCTION = """\
# Configuration

Everything is described in one YAML file. We call it `monitoring.yml`; any name will do.
[examples/monitoring.yml](../examples/monitoring.yml) is one to copy, with a comment for whatever you may want to
change. `ml-exporter check monitoring.yml` says whether it is right: every error at once, each with its line, its path,
the value and the remedy.

- A key that is not known is an error: a typing error never switches anything off in silence.
- Durations are written as in Prometheus: `15s`, `5m`, `24h`, `7d`, `1h30m`.
- `${NAME}` in a text is replaced by the environment variable NAME, which must be set. Put quotes around it.
- Secrets never stand in the file: options that take one end in `_file` and name a file that holds it.
- Relative paths start at the folder of the file.
- YAML's anchors and `<<` may be used for what repeats.
- Editors complete, explain and check it where they have its JSON Schema: `ml-exporter schema > monitoring.schema.json`,
  and `# yaml-language-server: $schema=monitoring.schema.json` as the file's first line.

"""


def make() -> str:
    """Return the page."""
    kinds = plug_in_kinds()
    parts = [_INTRODUCTION, *_section("The file", Monitoring, "")]
    for kind, settings in sorted(kinds.feeds.items()):
        parts += _section(f"feeds[] of kind {kind}", settings, "feeds[].", leave_out=FeedSettings)
    for kind, options in sorted(kinds.receivers.items()):
        parts += _section(f"alerting.receivers[].{kind}", options, f"alerting.receivers[].{kind}.")
    for kind, collected in sorted(kinds.collectors.items()):
        parts += _section(f"collectors.{kind}", collected, f"collectors.{kind}.", leave_out=CollectorSettings)
    parts += [
        *_section("The web configuration file", WebSettings, ""),
        "Events, their fields and what is rejected are described in [feeds.md](feeds.md).\n",
    ]
    return "".join(parts)


def _section(title: str, section: type[Section], prefix: str, leave_out: type[Section] | None = None) -> Iterator[str]:
    """Yield the table of a section's options, then the sections within it.

    Args:
        title: of the chapter.
        section: what is described.
        prefix: in front of each option.
        leave_out: the section that it extends: what that has is described there.
    """
    described = set(leave_out.model_fields) - {"kind"} if leave_out else set()
    yield f"## {title}\n\n{(section.__doc__ or '').strip()}\n\n".replace("\n    ", "\n")
    if leave_out:
        common = "feeds[]" if leave_out is FeedSettings else "collectors.NAME"
        own = described < set(section.model_fields)
        yield f"It has the options of [{common}](#{anchor(common)}){', and these:' if own else '.'}\n\n"
        if not own:
            return
    yield "| Option | Type | Default | Meaning |\n| --- | --- | --- | --- |\n"
    if section is ReceiverSettings:
        yield from _receiver(prefix)
        return
    inner: list[tuple[str, type[Section]]] = []
    for name, field in section.model_fields.items():
        if name in described:
            continue
        option = f"{prefix}{field.alias or name}"
        below = _below(field)
        if below is not None:
            inner.append((f"{option}{below[0]}", below[1]))
        kind = cell(_kind(field, f"{option}{below[0]}" if below else option))
        yield f"| `{option}` | {kind} | {_default(field)} | {cell(field.description or '')} |\n"
    yield "\n"
    for path, below_it in inner:
        yield from _section(path, below_it, f"{path}.")


def _receiver(prefix: str) -> Iterator[str]:
    """Yield the options of a receiver as they stand in the file: the kind is a key of its own."""
    name = ReceiverSettings.model_fields["name"]
    yield f"| `{prefix}name` | text | its kind | {cell(name.description or '')} |\n"
    for kind, options in sorted(plug_in_kinds().receivers.items()):
        path = f"{prefix}{kind}"
        yield f"| `{path}` | [section](#{anchor(path)}) | one kind is required | {cell(options.__doc__ or '')} |\n"
    yield "\n"


def _below(field: FieldInfo) -> tuple[str, type[Section]] | None:
    """Return the section that stands within a field, and what its path adds to the field's."""
    return _section_in(field.annotation)


def _section_in(annotation: object) -> tuple[str, type[Section]] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return None if annotation is Section else ("", annotation)
    suffix = {list: "[]", dict: ".NAME"}.get(typing.cast("type", typing.get_origin(annotation)), "")
    for inner in typing.get_args(annotation):
        found = _section_in(inner)
        if found is not None:
            return f"{suffix}{found[0]}", found[1]
    return None


def _kind(field: FieldInfo, path: str) -> str:
    """Return what may stand in a field, with its limits."""
    words = {Ge: "at least", Gt: "more than", Le: "at most", Lt: "less than"}
    limits = [
        f"{said} {getattr(one, kind.__name__.lower()):g}"
        for one in field.metadata
        for kind, said in words.items()
        if isinstance(one, kind)
    ]
    return ", ".join([_type(field.annotation, path), *([" and ".join(limits)] if limits else [])])


def _type(annotation: object, path: str) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    names: Mapping[Any, str] = {
        Duration: "duration",
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
    }
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {_type(arguments[0], path)}"
    if origin is dict:
        return f"mapping of {_type(arguments[1], path)}"
    if origin is typing.Annotated:
        return _type(arguments[0], path)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one, path) for one in arguments if one is not type(None))
    if _section_in(annotation) is not None:
        return f"[section](#{anchor(path)})"
    return names.get(annotation, "section")


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        value = typing.cast("typing.Callable[[], object]", field.default_factory)()
    elif field.default is PydanticUndefined:
        return "required"
    else:
        value = field.default
    if value is None or value in ({}, []) or isinstance(value, Section):
        return ""
    return cell(f"`{_shown(value)}`")


def _shown(value: object) -> str:
    """Return a value as YAML would have it."""
    if isinstance(value, Section):
        pairs = ", ".join(f"{name}: {_shown(getattr(value, name))}" for name in type(value).model_fields)
        return f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(item)}' for key, item in value.items())}}}"
    return str(value).lower() if isinstance(value, bool) else str(value)
