"""Who may send, and for which models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from structlog.testing import capture_logs

from ml_exporter.config import ConfigurationError
from ml_exporter.feeds import FeedError
from ml_exporter.feeds.http import HttpFeed, HttpFeedSettings
from ml_exporter.feeds.receiving import Rights, Tokens, TokenSettings, UnusableToken
from tests.cli.commands import invoke
from tests.feeds.builders import context
from tests.feeds.http.receiving import Receiving, configured, feed, label, prediction, receiving
from tests.server.certificates import HASHED, PASSWORD, Authority, tls, write

OF_FRAUD, OF_BOTH, OF_ALL = "token-of-fraud-0001", "token-of-both-00002", "token-of-everything-3"
TOKENS = [
    {"file": "fraud.token", "models": ["fraud"]},
    {"file": "both.token", "models": ["fraud", "churn"]},
    {"file": "all.token"},
]


def _write_tokens(folder: Path) -> None:
    for name, token in (("fraud", OF_FRAUD), ("both", OF_BOTH), ("all", OF_ALL)):
        (folder / f"{name}.token").write_text(f"{token}\n")


@pytest.fixture(scope="module", name="to")
def _to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiving]:
    folder = tmp_path_factory.mktemp("exporter")
    _write_tokens(folder)
    write(folder, basic_auth_users={"alice": HASHED})
    monitoring = configured(
        feed(tokens=TOKENS),
        feed("labels", tokens=TOKENS),
        feed("outcomes"),
        server={"listen": ["127.0.0.1:0"], "web_config_file": "web.yml"},
    )
    with receiving(folder, monitoring) as running:
        yield running


def _send(to: Receiving, token: str | None, *events: object, path: str = "predictions") -> httpx.Response:
    return to.send(list(events), path, **({} if token is None else {"authorization": f"Bearer {token}"}))


def test_a_token_lets_in_what_is_of_its_models_and_rejects_the_rest_one_by_one(to: Receiving) -> None:
    told = _send(to, OF_FRAUD, prediction("a"), prediction("b", model_name="churn")).json()
    assert (told["accepted"], [(one["index"], one["reason"]) for one in told["rejections"]]) == (
        1,
        [(1, "unknown_model")],
    )
    assert _send(to, OF_BOTH, prediction("c"), prediction("d", model_name="churn")).json()["accepted"] == 2
    assert _send(to, OF_ALL, prediction("e"), prediction("f", model_name="churn")).json()["accepted"] == 2


def test_a_label_that_names_no_model_judges_only_what_its_token_may(to: Receiving) -> None:
    for model in ("fraud", "churn"):
        _send(to, OF_ALL, prediction("shared", model_name=model, model_version="judged"))
    told = _send(
        to, OF_BOTH, label("x"), label("y", model_name="churn"), {"no": "label"}, label("z"), path="labels"
    ).json()
    assert [(one["index"], one["reason"]) for one in told["rejections"]] == [
        (0, "missing_field"),
        (2, "missing_field"),
        (3, "missing_field"),
    ]
    assert "fraud, churn" in told["rejections"][0]["detail"]
    assert _send(to, OF_FRAUD, label("shared"), path="labels").json()["accepted"] == 1
    to.shows("ml_labels_total", 1, model_name="fraud", model_version="judged")
    assert to.client.get("/metrics").status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        f"Bearer {OF_FRAUD}x",
        f"Basic {OF_FRAUD}",
        OF_FRAUD,
        "Bearer \xff",
        f"Bearer {OF_FRAUD} {OF_FRAUD}",
    ],
)
def test_whoever_has_neither_token_nor_password_is_refused(to: Receiving, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    answer = to.client.post("/api/v1/predictions", content=b"[]", headers=headers)
    assert answer.status_code == 401


def test_a_user_of_the_web_configuration_file_may_send_everything(to: Receiving) -> None:
    events = [prediction("g"), prediction("h", model_name="churn")]
    answer = to.client.post("/api/v1/predictions", json=events, auth=("alice", PASSWORD))
    assert answer.json()["accepted"] == 2
    assert to.client.post("/api/v1/predictions", json=events, auth=("alice", "wrong")).status_code == 401


def test_a_token_opens_its_feed_and_nothing_else(to: Receiving) -> None:
    assert _send(to, OF_ALL, prediction("i") | {"actual": 1}, path="outcomes").status_code == 401
    for path in ("/metrics", "/", "/api/v1/summary"):
        assert to.client.get(path, headers={"Authorization": f"Bearer {OF_ALL}"}).status_code == 401


def test_without_users_a_feed_with_tokens_says_that_it_wants_one(tmp_path: Path) -> None:
    _write_tokens(tmp_path)
    with receiving(tmp_path, configured(feed(tokens=TOKENS))) as to:
        answer = _send(to, None, prediction("a"))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="ml_exporter"')
        assert _send(to, OF_FRAUD, prediction("a")).status_code == 202
        assert to.metrics().one("ml_exporter_http_refused_total", reason="unauthorized") == 1


def test_over_tls_a_token_is_sent_as_over_plain_http(tmp_path: Path) -> None:
    _write_tokens(tmp_path)
    authority = Authority(tmp_path)
    write(tmp_path, tls_server_config=tls())
    server = {"listen": ["127.0.0.1:0"], "web_config_file": "web.yml"}
    with receiving(tmp_path, configured(feed(tokens=TOKENS), server=server)) as to:
        to.client.close()
        to.client = httpx.Client(base_url=to.endpoint.server.urls[0], verify=authority.client())
        assert to.endpoint.server.urls[0].startswith("https://")
        assert _send(to, OF_FRAUD, prediction("a")).json()["accepted"] == 1


def test_a_file_that_changes_counts_at_once_and_one_that_is_gone_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "a.token"
    file.write_text("the-first-token-0001")
    tokens = Tokens([TokenSettings(file="a.token", models=["fraud"])], tmp_path)
    assert tokens.rights(b"the-first-token-0001") == Rights(("fraud",))
    file.write_text("the-second-token-is-longer")
    assert tokens.rights(b"the-first-token-0001") is None
    assert tokens.rights(b"the-second-token-is-longer") == Rights(("fraud",))
    file.unlink()
    with capture_logs() as logs:
        for token in (b"the-second-token-is-longer", b"", b"None"):
            assert tokens.rights(token) is None
    assert [entry["event"] for entry in logs] == ["token lets nobody in"]
    file.write_text("the-third-token-000003")
    assert tokens.rights(b"the-third-token-000003") is not None


@pytest.mark.parametrize("content", ["", "short", "two words of a token", "tøken-with-a-letter", "x" * 5000])
def test_a_file_that_holds_no_token_is_told_and_no_request_comes_in(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.token").write_text(content)
    with pytest.raises(UnusableToken, match=r"a\.token holds no token; write one of 16 to 4096 ASCII characters"):
        Tokens([TokenSettings(file="a.token")], tmp_path)


def test_a_feed_whose_token_is_missing_stays_closed(tmp_path: Path) -> None:
    settings = HttpFeedSettings.model_validate(feed(tokens=[{"file": "none.token"}]))
    surroundings = context(tmp_path)
    with pytest.raises(FeedError, match=r"none\.token cannot be read \(No such file or directory\); write the token"):
        HttpFeed(settings, surroundings)
    assert surroundings.inboxes.all() == []


def _problems(*feeds: dict[str, Any]) -> str:
    with pytest.raises((ConfigurationError, ValueError)) as raised:
        configured(*feeds)
    return str(raised.value)


def test_the_configuration_tells_models_and_paths_that_do_not_fit() -> None:
    unknown = feed(tokens=[{"file": "a", "models": ["frod"]}])
    assert "feeds.0.tokens.0.models.0\n  'frod' is not configured under models; did you mean 'fraud'?" in _problems(
        unknown
    )
    not_carried = feed(models=["fraud"], tokens=[{"file": "a", "models": ["churn"]}])
    assert "'churn' is no model that the feed carries" in _problems(not_carried)
    assert "/api/v1/labels is the address of labels and of more; give each a path of its own" in _problems(
        feed("labels"), feed("labels", name="more")
    )
    assert "is no path below /api/v1/" in _problems(feed(path="/metrics"))
    assert "2000 is less than max_request_bytes, 8388608" in _problems(feed(max_queued_bytes=2000))
    configured(feed("labels"), feed("labels", name="more", path="/api/v1/more/labels"))


@pytest.mark.parametrize(
    ("listen", "options", "warned"),
    [
        ("0.0.0.0:9877", {}, True),
        ("[::]:9877", {}, True),
        ("exporter.example:9877", {}, True),
        ("127.0.0.1:9877", {}, False),
        ("[::1]:9877", {}, False),
        ("localhost:9877", {}, False),
        ("0.0.0.0:9877", {"tokens": TOKENS}, False),
    ],
)
def test_a_check_warns_where_whoever_reaches_the_port_may_send(
    tmp_path: Path, listen: str, options: dict[str, Any], warned: bool
) -> None:
    values = {
        "models": [{"name": "fraud", "task": "binary"}, {"name": "churn", "task": "binary"}],
        "feeds": [feed("outcomes", **options)],
        "server": {"listen": [listen]},
    }
    file = tmp_path / "monitoring.yml"
    file.write_text(yaml.safe_dump(values))
    told = invoke("check", file)
    assert told.exit_code == 0
    assert ("whoever reaches the port may send events to the feed 'outcomes'" in told.stdout) == warned
