"""What `pucha deploy` says before it deploys: no server, another access string, another version, settings that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from deployments.office.shared_server import SharedServer, check_server, shared_server
from deployments.office.web import serving
from models.wording import Refusal

OWN = version("prefect")
STRING = "Basic cHVjaGE6YWJj"
IN_ORDER = {
    "concurrency": {"lease_storage": "prefect.server.concurrency.lease_storage.filesystem"},
    "services": {name: {"enabled": True} for name in ("triggers", "repossessor", "scheduler")},
    "api": {"auth_string": "********", "csrf_protection_enabled": True},
}


@contextmanager
def prefect(running: Any = OWN, **settings: dict[str, Any]) -> Iterator[str]:
    """The address of an API of that version with those settings, for whoever brings the access string."""
    app = FastAPI()

    def open_to(request: Request) -> bool:
        return request.headers.get("Authorization") == STRING

    @app.get("/api/csrf-token")
    async def csrf_token() -> Response:
        return Response(status_code=422)

    @app.get("/api/admin/version")
    async def admin_version(request: Request) -> Any:
        return running if open_to(request) else Response(status_code=401)

    @app.get("/api/admin/settings")
    async def admin_settings(request: Request) -> Any:
        return {"server": IN_ORDER | settings} if open_to(request) else Response(status_code=401)

    with serving(app, 0, 16) as port:
        yield f"http://127.0.0.1:{port}/api"


def test_a_server_that_lacks_nothing_is_taken_without_a_word():
    with prefect() as api:
        assert check_server(SharedServer(api, STRING)) == []


@pytest.mark.parametrize("opened", ["", "Basic b3RoZXI="])
def test_another_access_string_is_refused_by_the_name_of_the_setting(opened: str):
    with prefect() as api, pytest.raises(Refusal) as refusal:
        check_server(SharedServer(api, opened))
    assert "PREFECT_API_AUTH_STRING 应与服务端的 PREFECT_SERVER_API_AUTH_STRING 相同" in refusal.value.said.zh


def test_a_server_that_does_not_answer_is_refused():
    with prefect() as api:
        pass
    with pytest.raises(Refusal) as refusal:
        check_server(SharedServer(api, STRING))
    assert "没有应答（ConnectError）" in refusal.value.said.zh


@pytest.mark.parametrize(("running", "word"), [("3.8.2", "Prefect 服务为 3.8.2 版"), ({"a": 1}, "地址应以 /api 结尾")])
def test_a_server_of_another_version_or_none_of_prefects_is_refused(running: Any, word: str):
    with prefect(running) as api, pytest.raises(Refusal) as refusal:
        check_server(SharedServer(api, STRING))
    assert word in refusal.value.said.zh


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (
            {"concurrency": {"lease_storage": "prefect.server.concurrency.lease_storage.memory"}},
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE",
        ),
        ({"services": {"triggers": {"enabled": False}}}, "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED"),
        ({"services": {"repossessor": {"enabled": False}}}, "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED"),
        ({"api": {"auth_string": None, "csrf_protection_enabled": True}}, "PREFECT_SERVER_API_AUTH_STRING"),
        ({"api": {"auth_string": "*", "csrf_protection_enabled": False}}, "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED"),
    ],
)
def test_what_a_server_lacks_is_named_with_its_cure(settings: dict[str, Any], word: str):
    with prefect(**settings) as api:
        (doubt,) = check_server(SharedServer(api, STRING))
    assert word in doubt.zh and word in doubt.en


def test_the_server_is_the_one_that_prefects_own_programs_go_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Any):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert shared_server(tmp_path) is None
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example.gov.cn/api/")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "pucha:abc")
    monkeypatch.setenv("PREFECT_API_SSL_CERT_FILE", "/etc/ssl/own.pem")
    assert shared_server(tmp_path) == SharedServer("https://prefect.example.gov.cn/api", STRING, "/etc/ssl/own.pem")
