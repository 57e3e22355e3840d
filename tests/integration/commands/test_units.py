"""pucha units change, as a clerk types it."""

from __future__ import annotations

import pytest
from worlds.clerk import Clerk
from worlds.plans import TWO_PHASES, without_codes


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    clerk.load(without_codes(TWO_PHASES))
    clerk.report("code,staff\n130101001,3\n", "2020-08-01T10:00")
    return clerk


CHANGE = ("units", "change", "changes.csv", "--from", "2020-09-01", "--by", "王一")


def test_the_answer_says_what_moved_and_which_codes_nobody_has(clerk: Clerk) -> None:
    clerk.file("changes.csv", "旧代码,新代码,名称\n130101001,130101101,戊新镇\n130109001,130109002,无\n")

    rehearsed = clerk(*CHANGE, "--dry-run", "--json")
    done = clerk(*CHANGE, "--json")
    again = clerk(*CHANGE, "--json")

    moved = [{"old": "130101001", "new": "130101101", "name": "戊新镇"}]
    assert (rehearsed.code, rehearsed.data["moved"], rehearsed.data["dry_run"]) == (1, moved, True)
    assert (done.code, done.data["moved"], done.data["unknown"]) == (1, moved, ["130109001"])
    assert done.data["counts"]["readings"] == 1
    assert (again.data["moved"], again.data["counts"]) == ([], {})
    assert clerk.json("status", "--unit", "130101001")["unit"] == {"code": "130101101", "name": "戊新镇"}
    assert clerk.json("audit", "verify")["findings"] == []


def test_what_cannot_be_done_is_refused_with_its_row_and_nothing_is_changed(clerk: Clerk) -> None:
    clerk.file("changes.csv", "old,new\n130101001,130101101\n130101002,130102001\n")

    refused = clerk(*CHANGE)

    assert refused.code == 2
    assert (
        "changes.csv 第 3 行：新代码 130102001 已是庚街道的代码；如系并入，请加一行“130102001,130102001”" in refused.err
    )
    assert clerk.json("status", "--unit", "130101001")["unit"]["code"] == "130101001"


def test_without_json_a_clerk_reads_sentences(clerk: Clerk) -> None:
    clerk.file("changes.csv", "old,new,name\n130101001,130101001,\n130101001,130101009,戊分镇\n")

    done = clerk(*CHANGE)

    assert done.code == 0
    assert "单位：改码 0，合并为 0，分设 1，仅更名 0" in done.out
    assert "1 个单位（130101001）分设前已报的数字无法拆分，未转，请各单位按新区划重报" in done.out


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("old,new\n130101001,130101101\n合计,1\n", None),
        ("old,new,身份证号\n130101001,130101101,\n", "身份证"),
        ("code,name\n130101001,戊镇\n", "不认识“code”一栏，可用：old、new、name、superior"),
        ("", "changes.csv"),
    ],
)
def test_a_file_that_a_clerk_gives_by_mistake_is_answered_with_a_sentence(
    clerk: Clerk, rows: str, said: str | None
) -> None:
    clerk.file("changes.csv", rows)

    answer = clerk(*CHANGE)

    assert answer.code == (0 if said is None else 2)
    assert said is None or said in answer.err


def test_a_day_that_is_yet_to_come_is_refused(clerk: Clerk) -> None:
    clerk.file("changes.csv", "old,new\n130101001,130101101\n")

    answer = clerk("units", "change", "changes.csv", "--from", "2199-01-01", "--by", "王一")

    assert answer.code == 2
    assert "尚未到" in answer.err
