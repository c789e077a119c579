"""Kubernetes and Helm: their own schemas and Helm itself take what is written, and it says what the plain files say.

No cluster runs here: that the operator takes the objects in is not tested.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml
from cloudcoil.models.prometheus_operator import v1, v1alpha1

from ml_exporter.bundle import FormError, GeneratedFile, Source, forms, generate
from ml_exporter.bundle.forms.alertmanager_config import SECRET
from ml_exporter.bundle.forms.manifests import TEMPLATES
from ml_exporter.pipeline import load_configuration
from tests.bundle.conftest import Bundle, made

Manifest = dict[str, Any]
_TEXT = "models: []  # as it stands\n"
_SCHEMAS = {"ServiceMonitor": v1.ServiceMonitor, "PrometheusRule": v1.PrometheusRule}


def _converted(bundle: Bundle, form: str) -> list[GeneratedFile]:
    source = Source("monitoring.yml", _TEXT)
    return list(forms()[form].convert(bundle.files, bundle.monitoring, source))


@pytest.fixture(scope="module")
def utc(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return the bundle with every kind of receiver, its business hours in the one zone that the operator knows."""
    bundle = made(tmp_path_factory.mktemp("utc"), "routed")
    text = (bundle.folder / "monitoring.yml").read_text(encoding="utf-8").replace("Europe/Paris", "UTC")
    (bundle.folder / "monitoring.yml").write_text(text, encoding="utf-8")
    monitoring = load_configuration(bundle.folder / "monitoring.yml")
    return Bundle(bundle.folder, monitoring, generate(monitoring))


def _manifests(files: list[GeneratedFile]) -> Iterator[Manifest]:
    for one in files:
        yield from (document for document in yaml.safe_load_all(one.text) if "apiVersion" in document)


def _named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


@pytest.fixture(scope="module")
def all_manifests(utc: Bundle) -> list[Manifest]:
    return list(_manifests(_converted(utc, "kubernetes")))


@pytest.fixture
def manifests(all_manifests: list[Manifest]) -> list[Manifest]:
    return copy.deepcopy(all_manifests)


def _without_unset(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_unset(entry) for key, entry in value.items() if entry is not None}
    return [_without_unset(entry) for entry in value] if isinstance(value, list) else value


def _read_back(schema: Any, manifest: Manifest) -> Any:
    """Return what a schema understands of a manifest: a key that it does not know is lost."""
    read = schema.model_validate(manifest)
    return _without_unset(read.model_dump(by_alias=True, exclude_unset=True, mode="json"))


def test_kubernetes_takes_its_own_kinds(manifests: list[Manifest]) -> None:
    own = [one for one in manifests if one["kind"] in ("ConfigMap", "Service", "StatefulSet")]
    assert {one["kind"] for one in own} == {"ConfigMap", "Service", "StatefulSet"}
    for one in own:
        kubernetes_validate.validate(one, "1.33", strict=True)


def test_the_operator_knows_every_key_of_its_kinds(manifests: list[Manifest]) -> None:
    for kind, schema in _SCHEMAS.items():
        for one in _named(manifests, kind).values():
            assert _read_back(schema, one)["spec"] == one["spec"]


def test_the_operator_knows_every_key_of_the_routes_and_receivers(manifests: list[Manifest]) -> None:
    (config,) = _named(manifests, "AlertmanagerConfig").values()
    spec = config["spec"]
    for receiver in spec["receivers"]:
        receiver.pop("msteamsv2Configs", None)  # newer than the schemas here, which are those of release 0.80
    assert _read_back(v1alpha1.AlertmanagerConfig, config)["spec"] == spec


def test_the_rules_are_those_of_the_plain_files(utc: Bundle, manifests: list[Manifest]) -> None:
    plain = {
        Path(one.path).stem: yaml.safe_load(one.text) for one in utc.files if one.path.startswith("prometheus/rules/")
    }
    rules = _named(manifests, "PrometheusRule")
    assert {name.removeprefix("ml-exporter-"): one["spec"] for name, one in rules.items()} == plain


def test_routes_lead_where_those_of_the_plain_file_lead(utc: Bundle, manifests: list[Manifest]) -> None:
    plain = yaml.safe_load(next(one.text for one in utc.files if one.path == "alertmanager/alertmanager.yml"))
    (config,) = _named(manifests, "AlertmanagerConfig").values()
    assert _tree(config["spec"]["route"]) == _tree(_words_of_the_operator(plain["route"]))
    assert [one["name"] for one in config["spec"]["receivers"]] == [one["name"] for one in plain["receivers"]]
    assert len(config["spec"]["inhibitRules"]) == len(plain["inhibit_rules"])
    (interval,) = config["spec"]["muteTimeIntervals"]
    assert interval["timeIntervals"][0]["times"] == [{"startTime": "08:00", "endTime": "17:30"}]


def _words_of_the_operator(route: Mapping[str, Any]) -> Manifest:
    def matcher(text: str) -> Manifest:
        name, value = text.split('"', maxsplit=1)[0].rstrip("=~!"), text.partition('"')[2][:-1]
        return {"name": name, "value": value, "matchType": text.removeprefix(name).partition('"')[0]}

    return {
        **route,
        "matchers": [matcher(text) for text in route.get("matchers", [])],
        "routes": [_words_of_the_operator(inner) for inner in route.get("routes", [])],
        "activeTimeIntervals": route.get("active_time_intervals"),
    }


def _tree(route: Mapping[str, Any]) -> tuple[Any, ...]:
    matchers = tuple(tuple(sorted(matcher.items())) for matcher in route.get("matchers", []))
    inner = tuple(_tree(one) for one in route.get("routes", []))
    waits = tuple(route.get("activeTimeIntervals") or ())
    return route.get("receiver"), matchers, route.get("continue", False), waits, inner


def test_no_secret_is_written_down_and_each_is_a_key_of_one_secret(manifests: list[Manifest]) -> None:
    def references(value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            if value.keys() == {"name", "key"}:
                yield value["name"], value["key"]
            for entry in value.values():
                yield from references(entry)
        elif isinstance(value, list):
            for entry in value:
                yield from references(entry)

    (config,) = _named(manifests, "AlertmanagerConfig").values()
    found = set(references(config["spec"]))
    files = ("slack-url", "key", "teams-url", "ca.pem", "hook-url", "switch-url", "boss-url")
    assert found == {(SECRET, name) for name in files}


def test_hours_in_another_zone_are_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(FormError, match=r"business_hours.timezone: .* Europe/Paris is not UTC; write the hours in UTC"):
        _converted(made(tmp_path, "routed"), "kubernetes")


def test_the_exporter_owns_its_store_and_finds_its_configuration(manifests: list[Manifest]) -> None:
    (exporter,) = _named(manifests, "StatefulSet").values()
    (container,) = exporter["spec"]["template"]["spec"]["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert exporter["spec"]["replicas"] == 1
    assert mounts["store"] == "/etc/ml-exporter/data"
    assert mounts["configuration"] == "/etc/ml-exporter/monitoring.yml"
    assert _named(manifests, "ConfigMap")["ml-exporter-configuration"]["data"] == {"monitoring.yml": _TEXT}


def test_dashboards_and_templates_are_the_plain_files(utc: Bundle, manifests: list[Manifest]) -> None:
    maps = _named(manifests, "ConfigMap")
    for one in utc.files:
        if one.path.startswith("grafana/dashboards/"):
            name = Path(one.path).name
            shown = next(found for found in maps.values() if name in found["data"])
            assert shown["data"] == {name: one.text}
            assert shown["metadata"]["labels"]["grafana_dashboard"] == "1"
        if one.path.endswith(".tmpl"):
            assert maps[TEMPLATES]["data"][Path(one.path).name] == one.text


@pytest.fixture(scope="module")
def chart(utc: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chart")
    for one in _converted(utc, "helm"):
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text, encoding="utf-8")
    return folder / "helm" / "ml-exporter"


def _rendered(chart: Path, **values: Any) -> list[Manifest]:
    with helm_python.Chart.load(str(chart)) as loaded:
        texts = loaded.render(values, name="mine", namespace="monitoring")
    documents = [document for name, text in texts.items() if name.endswith(".yaml") for document in _documents(text)]
    return [document for document in documents if document]


def _documents(text: str) -> list[Manifest]:
    return list(yaml.load_all(text, _Loader))


class _Loader(yaml.SafeLoader):
    """Takes an equals sign alone for a text, as YAML 1.2 and Helm do."""


_Loader.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)


def test_helm_has_nothing_to_say_against_the_chart(chart: Path) -> None:
    report = helm_python.lint(str(chart), strict=True)
    assert report["errors"] == []
    assert [one["error"] for one in report["messages"] if one["severity"] > 1] == []


def test_with_its_own_values_the_chart_is_the_manifests(chart: Path, manifests: list[Manifest]) -> None:
    def by_name(found: list[Manifest]) -> dict[tuple[str, str], Any]:
        return {(one["kind"], one["metadata"]["name"]): one.get("spec", one.get("data")) for one in found}

    rendered = by_name(_rendered(chart, alertmanagerConfig={"enabled": True}))
    exporter = rendered["StatefulSet", "ml-exporter"]["template"]
    assert exporter["metadata"].pop("annotations").keys() == {"checksum/configuration"}
    assert exporter["spec"]["containers"][0].pop("imagePullPolicy") == "IfNotPresent"
    assert rendered == by_name(manifests)


def test_values_reach_the_manifests(chart: Path) -> None:
    rendered = _rendered(
        chart,
        image={"repository": "registry.example/ml-exporter", "tag": "1"},
        configuration="models: [other]\n",
        extraVolumes=[{"name": "feed", "emptyDir": {}}],
        extraVolumeMounts=[{"name": "feed", "mountPath": "/feed"}],
        persistence={"size": "50Gi", "storageClassName": "fast"},
        rules={"enabled": False},
        serviceMonitor={"enabled": True, "labels": {"release": "prom"}},
    )
    kinds = {one["kind"] for one in rendered}
    assert "PrometheusRule" not in kinds
    assert "AlertmanagerConfig" not in kinds
    (exporter,) = _named(rendered, "StatefulSet").values()
    pod = exporter["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "registry.example/ml-exporter:1"
    assert {"name": "feed", "mountPath": "/feed"} in pod["containers"][0]["volumeMounts"]
    assert {"name": "feed", "emptyDir": {}} in pod["volumes"]
    claim = exporter["spec"]["volumeClaimTemplates"][0]["spec"]
    assert claim["resources"]["requests"]["storage"] == "50Gi"
    assert claim["storageClassName"] == "fast"
    (monitor,) = _named(rendered, "ServiceMonitor").values()
    assert monitor["metadata"]["labels"]["release"] == "prom"
    assert _named(rendered, "ConfigMap")["ml-exporter-configuration"]["data"] == {"monitoring.yml": "models: [other]\n"}
    kubernetes_validate.validate(exporter, "1.33", strict=True)


@pytest.mark.parametrize(
    "values",
    [{"imagee": {}}, {"persistence": {"size": "ten"}}, {"rules": {"enabled": "yes"}}, {"image": {"repository": ""}}],
)
def test_the_schema_of_the_values_refuses_what_means_nothing(chart: Path, values: Manifest) -> None:
    with helm_python.Chart.load(str(chart)) as loaded, pytest.raises(helm_python.HelmValuesError):
        loaded.validate_schema(loaded.merge_values(values))
