"""The doors of a running office: what another web page, another name and another account can do, and what its own clerk can."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from worlds.boards import with_every_name
from worlds.office import Office, children_of, pucha

from deployments.demo.mailbox import Mailbox
from tasks import boards

PATIENCE = 120_000
"""Milliseconds: the machine that tests may be busy."""

TRIES = """async ({url, health, mailbox, deployment, form}) => {
    const plain = body => ({method: "POST", headers: {"Content-Type": "text/plain"}, body: JSON.stringify(body)});
    const upsert = {name: "巡查催办", flow_id: form.flow, entrypoint: "flows.watch.watch",
                    pull_steps: [{"prefect.deployments.steps.run_shell_script": {script: "touch /tmp/stranger"}}]};
    const asked = {
        boards: [`${url}/api/artifacts/latest/filter`, plain({})],
        runs: [`${url}/api/flow_runs/filter`, plain({})],
        blocks: [`${url}/api/block_documents/filter`, plain({include_secrets: true})],
        start: [`${url}/api/deployments/${deployment}/create_flow_run`, plain({parameters: {rehearse: false}})],
        blind: [`${url}/api/deployments/${deployment}/create_flow_run`, {...plain({}), mode: "no-cors"}],
        upsert: [`${url}/api/deployments/`, plain(upsert)],
        preflight: [`${url}/api/deployments/`, {...plain(upsert), headers: {"Content-Type": "application/json"}}],
        remove: [`${url}/api/deployments/${deployment}`, {method: "DELETE"}],
        token: [`${url}/api/csrf-token?client=stranger`, {}],
        settings: [`${url}/ui-settings`, {}],
        alive: [`${url}/api/health`, {}],
        board: [`${url}/board`, {}],
        carried: [`${url}/api/flows/count`, {...plain({}), credentials: "include"}],
        health: [health, {}],
        letters: [mailbox, {}],
        letter: [mailbox, {...plain({title: "伪造", message: "x"}), mode: "no-cors"}],
    };
    const got = {};
    for (const [name, [address, how]] of Object.entries(asked)) {
        got[name] = await fetch(address, how).then(answer => answer.type === "opaque" ? "blind" : answer.status, () => "refused");
    }
    for (const path of ["/api/events/in", "/api/events/out", "/api/logs/out"]) {
        got[path] = await new Promise(done => {
            const socket = new WebSocket(url.replace("http", "ws") + path, "prefect");
            socket.onopen = () => done("open");
            socket.onerror = () => done("refused");
        });
    }
    for (const kind of ["img", "script", "iframe"]) {
        const embedded = document.createElement(kind);
        embedded.src = `${url}/board`;
        document.body.append(embedded);
        await new Promise(done => { embedded.onload = embedded.onerror = done; });
    }
    document.body.insertAdjacentHTML("beforeend", `<iframe name="sink"></iframe>
        <form target="sink" method="post" enctype="text/plain" action="${url}/api/flows/"><input name='{"name":"' value='x"}'></form>`);
    const sent = new Promise(done => { document.querySelector("iframe[name=sink]").onload = done; });
    document.querySelector("form").submit();
    await sent;
    return got;
}"""
"""What a page of a stranger's tries, with the name of each try and what came of it."""


class _Stranger(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>stranger</title><body></body>")

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[int]:
    """The port of a web server of somebody else's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def newcomer(browser: Browser) -> Iterator[Page]:
    """A page of a browser that was never here."""
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield context.new_page()
    context.close()


def health_port(office: Office) -> int:
    return int(json.loads((office.home / "server.json").read_text(encoding="utf-8"))["health"])


def all_that_a_stranger_might_change(office: Office) -> dict[str, Any]:
    counted = {what: office.api(f"{what}/count") for what in ("flows", "deployments", "block_documents")}
    watch = office.api("deployments/filter", deployments={"name": {"any_": ["巡查催办"]}})
    runs = office.api("flow_runs/filter", flow_runs={"tags": {"all_": []}}, limit=200)
    asked = [run["id"] for run in runs if not run["auto_scheduled"]]
    return counted | {"pull": [one["pull_steps"] for one in watch], "asked": sorted(asked)}


@pytest.mark.parametrize("name", ["127.0.0.1", "stranger.example"])
def test_a_page_of_another_origin_reads_nothing_and_changes_nothing(
    office: Office, page: Page, stranger: int, mailbox: Mailbox, name: str
):
    """Though the clerk has come in with the same browser, and the page may be of the same machine, on another port."""
    (watch,) = office.api("deployments/filter", deployments={"name": {"any_": ["巡查催办"]}})
    before = all_that_a_stranger_might_change(office)
    ours = tuple(f"http://127.0.0.1:{port}/" for port in (office.port, health_port(office), mailbox.port))
    asked: list[str] = []
    answered: list[tuple[str, int]] = []
    foreign = page.context.new_page()
    foreign.on("request", lambda one: asked.append(one.url) if one.url.startswith(ours) else None)
    foreign.on("response", lambda one: answered.append((one.url, one.status)) if one.url.startswith(ours) else None)
    foreign.goto(f"http://{name}:{stranger}/")

    got = foreign.evaluate(
        TRIES,
        {
            "url": office.url,
            "health": f"http://127.0.0.1:{health_port(office)}/health",
            "mailbox": mailbox.address,
            "deployment": watch["id"],
            "form": {"flow": watch["flow_id"]},
        },
    )

    assert {one: what for one, what in got.items() if what != "refused"} == {"blind": "blind", "letter": "blind"}
    assert {status for _, status in answered} == {403}, answered
    assert len(asked) >= len(got) - 3, "the browser held none of them back; sockets are not counted"
    assert all_that_a_stranger_might_change(office) == before
    assert mailbox.taken == 0


def test_a_name_of_a_strangers_that_points_to_this_machine_opens_no_port(
    office: Office, newcomer: Page, mailbox: Mailbox
):
    for port, path in ((office.port, "/board"), (office.port, "/ui-settings"), (health_port(office), "/health")):
        answer = newcomer.goto(f"http://stranger.example:{port}{path}")
        assert answer is not None and answer.status == 403
    letters = newcomer.goto(mailbox.address.replace("127.0.0.1", "stranger.example"))
    assert letters is not None and letters.status == 403


def test_another_account_of_the_machine_gets_nothing_without_the_access_string(office: Office):
    forged = {"Prefect-Csrf-Client": "x"}
    forged["Prefect-Csrf-Token"] = httpx.get(
        f"{office.url}/api/csrf-token?client=x", headers=office.headers, trust_env=False
    ).json()["token"]
    for path in ("artifacts/latest/filter", "block_documents/filter", "flow_runs/filter", "deployments/filter"):
        assert httpx.post(f"{office.url}/api/{path}", json={}, headers=forged, trust_env=False).status_code == 401
    for path in ("api/admin/settings", "api/csrf-token?client=x", "api/collections/views/flows", "api/docs"):
        assert httpx.get(f"{office.url}/{path}", trust_env=False).status_code == 401
    asked = {"Accept": "application/json"}
    assert httpx.get(f"{office.url}/board", headers=asked, trust_env=False).status_code == 401
    for body in (b'{"ticket": "x"}', b'{"ticket": "\\ud800.x.x"}', b"[" * 4000, b"\xff"):
        assert httpx.post(f"{office.url}/enter", content=body, trust_env=False).status_code == 403
    odd = {"Accept": b"application/json", "Authorization": b"Basic \xff"}
    assert httpx.get(f"{office.url}/board", headers=odd, trust_env=False).status_code == 401
    with connect(office.url.replace("http", "ws") + "/api/events/out", subprotocols=["prefect"]) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"type": "auth", "token": "guessed"}))
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=60)


def test_a_request_that_brings_the_string_changes_nothing_without_a_token_of_prefects(office: Office):
    string = {"Authorization": office.headers["Authorization"]}
    forged = httpx.post(f"{office.url}/api/flows/", json={"name": "stranger"}, headers=string, trust_env=False)
    assert (forged.status_code, forged.json()) == (403, {"detail": "Missing CSRF token."})


def test_a_link_opens_the_pages_with_no_password_and_opens_them_once(office: Office, newcomer: Page, browser: Browser):
    link = pucha(office.home, "up", "--link").stdout.strip()
    assert office.link.startswith(f"{office.url}/board#") and link.startswith(f"{office.url}/board#")

    newcomer.goto(link)
    expect(newcomer.locator(".prose h3").first).to_contain_text("试验省 · 进度看板")
    newcomer.goto(f"{office.url}/v2/deployments")
    expect(newcomer.get_by_text("入户登记").first).to_be_visible()
    newcomer.goto(f"{office.url}/flows")
    expect(newcomer.get_by_text("入户登记").first).to_be_visible()

    again = browser.new_context(locale="zh-CN").new_page()
    again.goto(link)
    expect(again.get_by_role("heading")).to_have_text("请用链接打开")
    assert "#" not in again.url
    again.context.close()


def test_the_page_of_prefect_asks_for_the_access_string_once_where_no_link_was_used(office: Office, newcomer: Page):
    newcomer.goto(f"{office.url}/v2/runs")
    field = newcomer.get_by_placeholder("admin:pass")
    field.fill((office.home / "access.key").read_text(encoding="utf-8").strip())
    field.press("Enter")
    expect(newcomer.get_by_text("巡查催办").first).to_be_visible()


def test_the_access_string_is_in_no_log_and_no_list_of_processes(office: Office):
    access = (office.home / "access.key").read_text(encoding="utf-8").strip()
    logs = "".join(
        file.read_text(encoding="utf-8", errors="replace") for file in (office.home / "prefect").glob("*.log")
    )
    listed = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children_of(office.process.pid))
    assert access not in logs and access.encode() not in listed
    assert access.removeprefix("pucha:") not in json.dumps(office.asked("GET", "admin/settings"))


def test_all_that_the_office_keeps_is_its_owners_alone(office: Office):
    open_to_others = [
        str(path.relative_to(office.home))
        for path in (office.home, *office.home.rglob("*"))
        if path.lstat().st_mode & 0o077 or (path.is_file() and path.lstat().st_mode & 0o777 != 0o600)
    ]
    assert open_to_others == []


@pytest.mark.parametrize("pages", ["/v2/", "/"])
def test_a_link_or_picture_in_a_name_is_text_on_every_page(office: Office, page: Page, pages: str):
    name = (
        "[甲](http://evil.example/a)![](http://evil.example/p.png)<img src=http://evil.example/i.png>"
        "<a href=http://evil.example/l>乙</a> http://evil.example/b www.evil.example c@evil.example"
    )
    status = with_every_name(name)
    written = [boards.board(status, {}, "zh"), boards.overdue_list(status, {}, "zh"), boards.duty_table(status, "zh")]
    for one in written:
        data = one.body if isinstance(one.body, str) else json.dumps(list(one.body), ensure_ascii=False)
        made = {"key": one.key.replace("13", "77"), "type": one.kind, "data": data, "description": one.title}
        kept = office.asked("POST", "artifacts/", made)
        page.goto(f"{office.url}{pages}artifacts/artifact/{kept['id']}")
        expect(page.get_by_text("[甲]").first).to_be_visible()
        nothing_foreign_on(page)
        page.goto(f"{office.url}{pages}artifacts")
        expect(page.get_by_text("[甲]").first).to_be_visible()
        nothing_foreign_on(page)
        office.removed(f"artifacts/{kept['id']}")


def nothing_foreign_on(page: Page) -> None:
    page.wait_for_timeout(500)
    led = page.evaluate(
        """() => [...document.querySelectorAll("a[href], img[src]")].map(one => one.href || one.src)
                 .filter(where => where.includes("evil.example"))"""
    )
    assert led == []
