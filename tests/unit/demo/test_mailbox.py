"""The mailbox: what is posted is shown, what is no letter is not, and nothing is let in without measure."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from deployments.demo.mailbox import LARGEST, MOST_SHOWN, Mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


def post(mailbox: Mailbox, path: str, content: bytes) -> httpx.Response:
    return httpx.post(f"{mailbox.address}{path}", content=content, trust_env=False, verify=False, timeout=20)


def page(mailbox: Mailbox, path: str = "/") -> str:
    return httpx.get(f"{mailbox.address}{path}", trust_env=False, verify=False, timeout=20).text


def test_a_notice_is_taken_at_any_path_and_shown_at_any_path(mailbox: Mailbox) -> None:
    taken = post(mailbox, "/%E7%94%B2%E5%8E%BF/owner?x=%E4%B9%99", '{"title": "提醒", "message": "<b>&"}'.encode())

    assert (taken.status_code, taken.json()) == (200, {})
    assert mailbox.letters == [("/甲县/owner?x=乙", "提醒", "<b>&")]
    assert mailbox.channel == mailbox.address.replace("http://", "json://")
    for path in ("/", "/any/path"):
        assert "<b>提醒</b><pre>&lt;b&gt;&amp;</pre>" in page(mailbox, path)


def test_the_latest_are_shown_first_and_all_are_counted(mailbox: Mailbox) -> None:
    mailbox.letters.extend(("/a", f"第{number}封", "") for number in range(MOST_SHOWN + 5))

    shown = page(mailbox)

    assert f"共 {MOST_SHOWN + 5} 条，显示最近 {MOST_SHOWN} 条" in shown
    assert shown.index(f"第{MOST_SHOWN + 4}封") < shown.index("第5封")
    assert "第4封" not in shown


@pytest.mark.parametrize("content", [b"", b"x", b"[1]", b"\xff"])
def test_what_is_no_letter_is_refused(mailbox: Mailbox, content: bytes) -> None:
    assert post(mailbox, "/a", content).status_code == 400
    assert mailbox.letters == []


def test_a_letter_may_be_large_and_not_larger(mailbox: Mailbox) -> None:
    around = len(b'{"message": ""}')
    letter = b'{"message": "%s"}'

    assert post(mailbox, "/a", letter % (b"x" * (LARGEST - around))).status_code == 200
    assert post(mailbox, "/a", letter % (b"x" * (LARGEST - around + 1))).status_code == 413
    assert len(mailbox.letters) == 1
