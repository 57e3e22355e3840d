"""The mailbox: what is posted is shown, what is no letter is not, and nothing is let in without measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deployments.demo.mailbox import LARGEST, MOST_KEPT_BYTES, MOST_SHOWN, Mailbox

ROOT = Path(__file__).parents[3]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


def post(mailbox: Mailbox, path: str, content: bytes, **given: str) -> httpx.Response:
    headers = {"Content-Type": "application/json"} | given
    return httpx.post(
        f"{mailbox.address}{path}", content=content, headers=headers, trust_env=False, verify=False, timeout=20
    )


def page(mailbox: Mailbox, path: str = "/") -> str:
    return httpx.get(f"{mailbox.address}{path}", trust_env=False, verify=False, timeout=20).text


def test_a_notice_is_taken_at_any_path_and_shown_at_any_path(mailbox: Mailbox) -> None:
    taken = post(mailbox, "/%E7%94%B2%E5%8E%BF/owner?x=%E4%B9%99", '{"title": "提醒", "message": "<b>&"}'.encode())

    assert (taken.status_code, taken.json()) == (200, {})
    assert mailbox.channel == mailbox.address.replace("http://", "json://")
    for path in ("/", "/any/path"):
        assert "<small>/甲县/owner?x=乙</small><br><b>提醒</b><pre>&lt;b&gt;&amp;</pre>" in page(mailbox, path)


def test_a_letter_with_half_a_character_in_it_keeps_nobody_from_reading_the_others(mailbox: Mailbox) -> None:
    mailbox.take("/a", "提醒", "甲县")
    post(mailbox, "/a", b'{"title": "\\ud800\\u202e", "message": "\\udfff"}')

    page = httpx.get(mailbox.address, trust_env=False)

    assert (page.status_code, "甲县" in page.text, "\\ud800\\u202e" in page.text) == (200, True, True)


def test_the_latest_are_shown_first_and_all_are_counted(mailbox: Mailbox) -> None:
    for number in range(MOST_SHOWN + 5):
        mailbox.take("/a", f"第{number}封", "")

    shown = page(mailbox)

    assert f"共 {MOST_SHOWN + 5} 条，显示最近 {MOST_SHOWN} 条" in shown
    assert shown.index(f"第{MOST_SHOWN + 4}封") < shown.index("第5封")
    assert "第4封" not in shown


@pytest.mark.parametrize("content", [b"", b"x", b"[1]", b"\xff"])
def test_what_is_no_letter_is_refused(mailbox: Mailbox, content: bytes) -> None:
    assert post(mailbox, "/a", content).status_code == 400
    assert mailbox.taken == 0


def test_a_letter_may_be_large_and_not_larger(mailbox: Mailbox) -> None:
    around = len(b'{"message": ""}')
    letter = b'{"message": "%s"}'

    assert post(mailbox, "/a", letter % (b"x" * (LARGEST - around))).status_code == 200
    assert post(mailbox, "/a", letter % (b"x" * (LARGEST - around + 1))).status_code == 413
    assert mailbox.taken == 1


def test_of_very_large_letters_only_as_many_are_kept_as_memory_bears(mailbox: Mailbox) -> None:
    large = "大" * (MOST_KEPT_BYTES // 4 // 4)
    for number in range(4):
        mailbox.take("/a", f"第{number}封", large)

    shown = page(mailbox)

    assert "共 4 条，显示最近 3 条" in shown
    assert "第0封" not in shown


def test_another_account_of_the_machine_neither_reads_nor_writes_without_the_key(mailbox: Mailbox) -> None:
    bare = f"http://127.0.0.1:{mailbox.port}"
    for path in ("", "/", "/any/path", mailbox.address.removeprefix(bare)[:-1]):
        assert httpx.get(f"{bare}{path}", trust_env=False).status_code == 404
        assert httpx.post(f"{bare}{path}", json={"title": "伪造"}, trust_env=False).status_code == 404
    assert mailbox.taken == 0


@pytest.mark.parametrize(
    "said", [{"Content-Type": "text/plain"}, {"Origin": "http://127.0.0.1:9"}, {"Host": "evil.cn"}]
)
def test_another_web_page_posts_no_letter(mailbox: Mailbox, said: dict[str, str]) -> None:
    assert post(mailbox, "/a", b'{"title": "x"}', **said).status_code in (403, 415)
    assert mailbox.taken == 0


def test_the_page_runs_nothing_and_loads_nothing(mailbox: Mailbox) -> None:
    headers = httpx.get(mailbox.address, trust_env=False).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_channels_of_a_readme_lead_to_the_mailbox_once_its_key_stands_in_them(name: str) -> None:
    mailbox = Mailbox(8025)
    key = mailbox.address.rpartition("/")[2]
    channels = re.findall(r"json://127\.0\.0\.1:8025\S*", (ROOT / name).read_text(encoding="utf-8"))

    assert len(channels) == 4
    for channel in channels:
        assert channel.replace("KEY", key).startswith(f"{mailbox.channel}/3704")
