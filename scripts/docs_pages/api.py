"""docs/api.md: what can be asked for over HTTP, from the OpenAPI document that the exporter serves."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docs_pages.markdown import anchor, cell
from ml_exporter.server.api import PREFIX
from ml_exporter.server.api.openapi import document

NAME = "api.md"


def make() -> str:
    """Return the page."""
    described = document()
    parts = [
        "# HTTP API\n\n",
        f"{described['info']['description']}\n\n",
        f"`GET {PREFIX}/openapi.json` describes it for machines, as OpenAPI 3.1. It is protected like /metrics, by"
        " `server.web_config_file`. What is asked for by GET changes nothing; POST sends events, where a feed"
        " [over HTTP](feeds/http.md) is configured for the path. A request that gets no answer gets"
        ' `{"error": "..."}` that says why and what to do.\n\n',
        "```sh\n"
        "curl -s 'http://EXPORTER:9877/api/v1/summary?model_name=churn&metric=accuracy&window=24h'\n"
        "curl -s 'http://EXPORTER:9877/api/v1/series?model_name=churn&metric=accuracy&window=7d&step=6h'\n"
        "curl -s 'http://EXPORTER:9877/api/v1/verdicts?degraded=true'\n"
        "```\n\n",
    ]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts += _resource(method.upper(), path, operation)
    parts.append("## What answers hold\n\n")
    for name, schema in described["components"]["schemas"].items():
        parts += _schema(name, schema)
    return "".join(parts).rstrip("\n") + "\n"


def _resource(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {method} {PREFIX}{path}\n\n{operation['description']}\n\n"
    if operation["parameters"]:
        yield "| Parameter | Takes | Meaning |\n| --- | --- | --- |\n"
        for parameter in operation["parameters"]:
            needed = "**Required.** " if parameter["required"] else ""
            yield f"| `{parameter['name']}` | {_takes(parameter)} | {needed}{cell(parameter['description'])} |\n"
        yield "\n"
    if "requestBody" in operation:
        yield "| Body | For example |\n| --- | --- |\n"
        for media_type, content in operation["requestBody"]["content"].items():
            example = content["example"]
            text = example.strip() if isinstance(example, str) else json.dumps(example)
            yield f"| `{media_type}`. {cell(content['schema']['description'])} | `{cell(text)}` |\n"
        yield "\n"
    yield "| Status | Answer |\n| --- | --- |\n"
    for status, response in operation["responses"].items():
        holds = [f" `{media}`: {_kind(content['schema'])}" for media, content in response.get("content", {}).items()]
        yield f"| {status} | {cell(response['description'])}{''.join(holds)} |\n"
    yield "\n"


def _takes(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    if parameter["name"] == "metric" and "enum" in schema:
        return "a [metric id](metrics.md)"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    return "a duration" if "pattern" in schema else "text"


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n{cell(schema.get('description', ''))}\n\n| Field | Holds | Meaning |\n| --- | --- | --- |\n"
    for field, kind in schema["properties"].items():
        yield f"| `{field}` | {_kind(kind)} | {cell(kind.get('description', ''))} |\n"
    yield "\n"


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), Mapping) and schema["additionalProperties"]:
        return f"name to {_kind(schema['additionalProperties'])}"
    return str(schema.get("type", "anything"))
