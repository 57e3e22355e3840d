"""The contract, line by line: files, commands, exit codes, and the keys of every JSON answer."""

from __future__ import annotations

import json
import re

import pytest
from standins.webhook import JsonSink
from worlds.clerk import Clerk
from worlds.contract import DISTRICTS, PLAN, UNITS, people
from worlds.plans import without_codes

from deployments.console import moment, read_store
from tasks import boards
from tasks.boards.page import WORD_JOINER
from tasks.judging.status import read_statuses


def test_a_clerk_reads_of_a_rung_when_it_comes_and_whom_it_tells(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-07-06T08:30")

    cases = re.sub(r"[\s│]", "", clerk("cases").out)
    explained = clerk("explain", "130101", "funds", "--as-of", "2020-07-06T09:00").out

    assert "到期提醒（overdue）" in cases
    assert "逾期1个工作日报上级（superior）" in explained
    assert {one["rung"] for one in clerk.json("cases")} == {"overdue"}


def test_terminal_board_notice_paper_preview_and_json_say_one_thing_of_one_moment(
    clerk: Clerk, mailbox: JsonSink
) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    for moment_of_pass in ("2020-07-04T00:00", "2020-07-06T08:30", "2020-07-07T08:30"):
        clerk("watch", "--as-of", moment_of_pass)
    told = len(mailbox.accepted)
    foretold = clerk.json("watch", "--dry-run", "--as-of", "2020-07-08T08:15", "--until", "2020-07-08T08:45")
    clerk("watch", "--as-of", "2020-07-08T08:30")

    now = ("--as-of", "2020-07-08T08:30")
    status, shown = clerk.json("status", *now), clerk("status", *now).out
    store = read_store()
    found = read_statuses(store, "13", moment(store, now[1])).of()
    board, overdue = boards.board(found, {}, "zh").body, boards.overdue_list(found, {}, "zh").body
    to_signer = mailbox.accepted[told].text
    paper = clerk.json("papers", "--show", "P00000001")["text"]
    explained = clerk.json("explain", "130101", "funds", *now)

    assert {one["overdue"] for one in status["phases"]} == {2, 0}
    assert {one["due"] for one in status["duties"] if one["timing"] == "overdue"} == {"2020-07-04T00:00:00+08:00"}
    assert (explained["due"], explained["timing"]) == ("2020-07-04T00:00:00+08:00", "overdue")
    for surface in (shown, board):
        assert "逾期 2 项（其中未报 2 项），涉及 1 个阶段，最长逾期4天。" in surface
        assert "距标准时点还有115天" in surface
    assert overdue.replace(WORD_JOINER, "").count("4天") == 2
    assert "截至7月8日8时30分" in to_signer
    assert "应于7月3日前办结“人均经费”，已逾期4天。" in to_signer
    assert "截至2020年7月8日8时30分" in paper
    assert "应于2020年7月3日前完成，已逾期4天。" in paper
    assert {line["rung_text"] for one in foretold["notices"] for line in one["lines"]} == {"逾期4天，待签文稿"}


# every command


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--unit", "999999"),
        ("status", "--phase", "nope"),
        ("explain", "999999", "funds"),
        ("explain", "130101", "nope"),
        ("watch", "--unit", "999999"),
        ("cases", "--unit", "999999"),
        ("notices", "--unit", "999999"),
        ("ack", "77", "--by", "甲"),
        ("extend", "77", "--by", "甲", "--reason", "停电", "--until", "2020-09-01"),
        ("waive", "77", "--by", "甲", "--reason", "停电"),
        ("sign-exit", "nope", "--unit", "130101", "--by", "甲", "--reason", "停电"),
        ("sign-exit", "zoning", "--unit", "999999", "--by", "甲", "--reason", "停电"),
        ("report", "nofile.csv", "--as-of", "2020-08-01", "--by", "甲"),
        ("plan", "check", "nofile.yaml"),
        ("plan", "show", "nofile.yaml"),
        ("load", "--plan", "nofile.yaml"),
        ("load", "--units", "nofile.csv"),
        ("calendar", "import", "nofile.csv"),
        ("status", "--as-of", "yesterday"),
        ("notices", "--day", "someday"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cannot_be_done_is_refused_with_2_in_one_sentence(
    clerk: Clerk, arguments: tuple[str, ...], language: str
) -> None:
    clerk.load(PLAN, UNITS)
    clerk.set("PUCHA_LANG", language)

    answer, as_json = clerk(*arguments), clerk(*arguments, "--json")

    assert answer.code == as_json.code == 2
    assert answer.out == ""
    assert len(answer.err.strip().splitlines()) == 1
    assert "Traceback" not in answer.err
    assert as_json.data == {"error": answer.err.strip()}
    words = answer.err.replace("（区划绘图）", "").replace("（两员选聘）", "").replace("市辖区", "")
    assert any("一" <= letter <= "鿿" for letter in words) is (language == "zh")


def test_channels_are_never_printed(clerk: Clerk, mailbox: JsonSink) -> None:
    secret = "s3cr3tpath"
    contacts = f"130101001,owner,王一,{mailbox.json_url(secret)}\n130102001,owner,赵三,json://127.0.0.1:9/{secret}\n"
    told = clerk.load(PLAN, UNITS, contacts)
    printed = [told.out, told.err]
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    for arguments in (
        ("watch", "--as-of", "2020-08-17T09:00"),
        ("watch", "--as-of", "2020-08-21T09:00", "--json"),
        ("notices",),
        ("notices", "--json", "--text"),
        ("cases",),
        ("explain", "130101001", "14"),
        ("explain", "130102001", "14", "--json"),
        ("status", "--json"),
        ("load", "--contacts", "contacts.csv"),
        ("channels",),
        ("vacancies",),
        ("contacts",),
        ("contacts", "--json"),
    ):
        answer = clerk(*arguments)
        printed += [answer.out, answer.err]
    clerk.file("contacts.csv", f"unit,role,name,channel\n130101001,owner,王一,gopher://{secret}\n")
    refused = clerk("load", "--contacts", "contacts.csv")

    assert refused.code == 2
    assert "第 2 行" in refused.err
    assert not [text for text in (*printed, refused.out, refused.err) if secret in text]
    assert secret.encode() not in (clerk.folder / "home" / "pucha.db").read_bytes()


def test_json_is_the_only_thing_on_standard_output(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))

    for arguments in (
        ("status",),
        ("watch", "--as-of", "2020-08-17T09:00"),
        ("cases",),
        ("notices",),
        ("explain", "130101001", "14"),
    ):
        json.loads(clerk(*arguments, "--json").out)


def test_a_campaign_goes_alike_on_every_database(clerk: Clerk, mailbox: JsonSink, new_database_url: str) -> None:
    clerk.set("PUCHA_DATABASE_URL", new_database_url)
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    first = clerk.json("watch", "--as-of", "2020-08-17T09:00")
    waived = next(str(case["id"]) for case in clerk.json("cases") if case["unit"] == "130101")
    clerk("waive", waived, "--by", "leader1301", "--reason", "撤并", "--as-of", "2020-08-17T10:00")
    clerk.file("plan.yaml", PLAN.replace("due: T-73d", "due: 2020-08-18"))
    moved = clerk.json("load", "--plan", "plan.yaml", "--dry-run")["moved"]
    clerk.file("units.csv", "\n".join(line for line in UNITS.splitlines() if not line.startswith("130102")))
    gone = clerk.json("load", "--units", "units.csv")
    second = clerk.json("watch", "--as-of", "2020-08-18T09:00")

    assert (first["judged"], first["opened"]) == (5, 3)
    assert [case["unit"] for case in moved] == ["130101001"]
    assert (gone["units"]["removed"], gone["contacts"]["removed"], len(gone["withdrawn"])) == (3, 6, 1)
    assert (second["judged"], second["closed"]) == (3, 1)
    phases = clerk.json("status", "--as-of", "2020-08-18T09:00")["phases"]
    assert [phase["state"] for phase in phases] == ["closed", "open"]
    assert clerk("audit", "verify").code == 0
