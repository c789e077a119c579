"""Rule files by team or by model, for hundreds of models.

Whoever owns a model reads the rules of their own, and Prometheus evaluates the groups side by side.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Literal

import xxhash
import yaml

from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.templating import literal
from ml_exporter.config import Monitoring

By = Literal["team", "model"]

_RULES = PurePosixPath("prometheus/rules")
_TESTS = PurePosixPath("prometheus/tests")


def split_rules(
    files: Sequence[GeneratedFile], monitoring: Monitoring, by: By, source: str
) -> tuple[GeneratedFile, ...]:
    """Return the files of a bundle with the rules of each team or model in a folder of their own.

    What is about no model, or about one without a team, stays where it was. Tests look at all files of a topic, and
    prometheus.yml loads all folders.
    """
    folders = {literal(model.name): _folder(model.team if by == "team" else model.name) for model in monitoring.models}
    return tuple(part for made in files for part in _parts(made, folders, source))


def _parts(made: GeneratedFile, folders: Mapping[str, str | None], source: str) -> Iterator[GeneratedFile]:
    path = PurePosixPath(made.path)
    if path.parent == _RULES:
        yield from _by_folder(made, path, folders, source)
    elif path.parent == _TESTS:
        text = made.text.replace(f"- ../rules/{path.name}\n", f"- ../rules/{path.name}\n  - ../rules/*/{path.name}\n")
        yield GeneratedFile(made.path, text, made.part)
    elif made.path == "prometheus/prometheus.yml":
        # Prometheus takes a pattern for the name of a file, and none for a folder
        loaded = "".join(
            f"  - rules/{folder}/*.yml\n" for folder in sorted({name for name in folders.values() if name})
        )
        text = made.text.replace("  - rules/*.yml\n", f"  - rules/*.yml\n{loaded}")
        yield GeneratedFile(made.path, text, made.part)
    else:
        yield made


def _by_folder(
    made: GeneratedFile, path: PurePosixPath, folders: Mapping[str, str | None], source: str
) -> Iterator[GeneratedFile]:
    about = "\n".join(line.removeprefix("# ") for line in made.text.splitlines() if line.startswith("# "))
    about = "\n".join(about.splitlines()[:-1])  # the last line says what it was made from, and is written again
    found: dict[str | None, list[dict[str, Any]]] = {None: []}
    for group in yaml.safe_load(made.text)["groups"]:
        for folder, rules in _rules_by_folder(group["rules"], folders).items():
            name = group["name"] if folder is None else f"{group['name']}-{folder}"
            found.setdefault(folder, []).append({**group, "name": name, "rules": rules})
    for folder, groups in found.items():
        if groups or folder is None:  # the tests name the file that lies above the folders
            where = path if folder is None else path.parent / folder / path.name
            yield yaml_file(str(where), made.part, {"groups": groups}, source=source, about=about)


def _rules_by_folder(
    rules: Iterable[Mapping[str, Any]], folders: Mapping[str, str | None]
) -> dict[str | None, list[Mapping[str, Any]]]:
    found: dict[str | None, list[Mapping[str, Any]]] = {}
    for rule in rules:
        folder = folders.get(rule.get("labels", {}).get("model_name", "")) if "alert" in rule else None
        found.setdefault(folder, []).append(rule)
    return found


def _folder(name: str | None) -> str | None:
    """Return a name for a folder: readable, and distinct for distinct names.

    >>> _folder("fraud"), _folder("a/b")
    ('fraud', 'a-b-48d69ebc')
    """
    if name is None or re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,59}", name):
        return name
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-")
    return f"{readable}-{xxhash.xxh3_64_hexdigest(name.encode())[:8]}".lstrip("-")
