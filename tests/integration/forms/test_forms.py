"""Forms through the whole product: handed out, filled in as a clerk would, sent back, and what became of each cell."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.forms import HANDED_OUT, hand_out, send_back
from worlds.forms_plan import FORMS
from worlds.workbooks import fill_in, notes_of, part_of

from models.rules.registers.frames import WORDS
from models.wording import Refusal
from tasks.files.opening import open_tables
from tasks.forms.form import make_form
from tasks.intake.inbox import empty
from tasks.intake.marked_copies import copy_name, mark_copy
from tasks.registers.current import rows_of

PROBLEMS, PAPERS = "问题清单", "文件登记"
FIRST = 4
"""The first row of a list without a line of what is owed; the second and third of three problems follow."""


def problems(campaign: Campaign, moment: str = "2020-12-31") -> dict[tuple[str, str, int], dict[str, object]]:
    """The rows of the list by code, batch and number, without when they were heard of."""
    rows = rows_of(campaign.store, campaign.store.plan().registers["problems"], at(moment))
    return {(row["code"], row["list"], int(row["row"])): row for row in rows.iter_rows(named=True) if not row[":nil"]}


def test_a_form_that_comes_back_untouched_is_accepted_and_alters_nothing(campaign: Campaign) -> None:
    file = hand_out(campaign, "recheck")
    before, batches = problems(campaign), campaign.rows("SELECT COUNT(*) FROM batches")

    back = send_back(campaign, file, "2020-08-20")

    assert [(one.batch, one.accepted, one.rejected) for one in back.tables] == [(None, 0, 0)] * 3
    assert problems(campaign) == before
    assert campaign.rows("SELECT COUNT(*) FROM batches") == batches


def test_a_sum_below_a_list_that_was_left_alone_is_nothing_filled_in(campaign: Campaign) -> None:
    file = hand_out(campaign, "recheck")
    titles = letters_in(file, PROBLEMS)
    summed = {f"A{FIRST + 3}": "合计", f"{titles['条数（件）']}{FIRST + 3}": 3}
    empty = hand_out(campaign, "register:visits", unit="990101001", out="空表.xlsx")

    back = send_back(campaign, file, "2020-08-20", {PROBLEMS: summed})
    nothing = send_back(campaign, empty, "2020-08-20", {"走访登记": {"A4": "合计"}})

    assert [(one.batch, one.accepted, one.rejected) for one in (*back.tables, nothing)] == [(None, 0, 0)] * 4
    assert "没有新填的内容" in nothing.remarks[0].zh


def test_a_form_that_lay_on_a_desk_takes_back_nothing_that_was_reported_meanwhile(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    campaign.report("code,清单批次,序号,状态,备注\n990101001,甲批,1,已办结,已核\n", "2020-08-12")

    place = f"{letters_in(file, PROBLEMS)['条数（件）']}{row_of(file, '甲批', 1)}"
    send_back(campaign, file, "2020-08-20", {PROBLEMS: {place: 4}})

    first = problems(campaign)["990101001", "甲批", 1]
    assert (first["state"], first["note"], first["items"]) == ("closed", "已核", 4)


def test_days_midnights_percentages_and_numbers_come_back_as_what_they_are(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems", "papers")
    own, papers = letters_in(file, PROBLEMS), letters_in(file, PAPERS)
    row = row_of(file, "甲批", 1)
    cells = {f"{own['办理期限']}{row}": date(2020, 8, 4), f"{own['发现时刻']}{row}": datetime(2020, 8, 3)}

    back = send_back(
        campaign,
        file,
        "2020-08-20",
        {PROBLEMS: cells, PAPERS: {f"{papers['完成率（%）']}5": 45.5, f"{papers['印发日期']}5": date(2020, 8, 9)}},
    )

    assert [(one.accepted, one.rejected) for one in back.tables] == [(1, 0), (1, 0)]
    first = problems(campaign)["990101001", "甲批", 1]
    assert (first["due"], first["found"]) == (date(2020, 8, 4), at("2020-08-03T00:00"))
    papers_held = rows_of(campaign.store, campaign.store.plan().registers["papers"], at("2020-12-31"))
    assert papers_held.select("share", "issued").row(0) == (45.5, date(2020, 8, 9))


def test_a_number_with_its_words_stands_in_the_form_as_it_was_written_and_may_be_typed_so(campaign: Campaign) -> None:
    campaign.report("code,清单批次,序号,条数\n990101001,甲批,1,290余\n", "2020-08-05")
    file = hand_out(campaign, "problems")
    items = letters_in(file, PROBLEMS)["条数（件）"]
    before = problems(campaign)
    assert cells_in(file, PROBLEMS)[row_of(file, "甲批", 1) - 4]["条数（件）"] == "290余"

    untouched = send_back(campaign, file, "2020-08-20")
    assert [one.batch for one in untouched.tables] == [None] * len(untouched.tables)
    assert problems(campaign) == before

    second = next(key for key in before if key[1:] == ("甲批", 2))
    send_back(campaign, file, "2020-08-21", {PROBLEMS: {f"{items}{row_of(file, '甲批', 2)}": "近47"}})
    after = problems(campaign)
    assert (after["990101001", "甲批", 1][WORDS], after[second]["items"]) == (before["990101001", "甲批", 1][WORDS], 47)
    assert "近47" in str(after[second][WORDS])


@pytest.mark.parametrize(
    ("handed_out", "filled_in", "corrected"),
    [
        ("290余", 290, True),  # an exact figure says more
        ("290余", "290", True),
        ("290余", "290余", False),
        ("290", "290余", True),
        ("290", 290, False),
        ("290余", "近290", True),
    ],
)
@pytest.mark.parametrize("later", ["2020-08-20", "2020-08-05"])
def test_the_same_number_with_its_words_and_without_them_corrects_the_other(
    campaign: Campaign, handed_out: str, filled_in: object, corrected: bool, later: str
) -> None:
    campaign.report(f"code,清单批次,序号,条数\n990101001,甲批,1,{handed_out}\n", "2020-08-05")
    file = hand_out(campaign, "problems")
    place = f"{letters_in(file, PROBLEMS)['条数（件）']}{row_of(file, '甲批', 1)}"

    back = send_back(campaign, file, later, {PROBLEMS: {place: filled_in}})

    [table] = [one for one in back.tables if one.register == "problems"]
    row = problems(campaign)["990101001", "甲批", 1]
    assert (table.batch is not None, row["items"]) == (corrected, 290)
    assert row[WORDS] == (None if str(filled_in) == "290" else f"items\t{filled_in}")


def test_a_filter_sorts_the_marks_with_their_rows(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")

    assert f'<autoFilter ref="A3:{max(letters_in(file, PROBLEMS).values())}' in part_of(file, PROBLEMS)


def test_a_list_whose_header_was_deleted_is_named_and_not_left_out_in_silence(campaign: Campaign) -> None:
    file = hand_out(campaign, "recheck")
    header = {f"{letter}3": None for letter in letters_in(file, PROBLEMS).values()}

    back = send_back(campaign, file, "2020-08-20", {PROBLEMS: header})

    told = [one.zh for table in back.tables for one in table.remarks]
    assert any(one.startswith("工作表（问题清单）没有带区划代码或单位名称的表头，未读入") for one in told)
    assert not any("填报说明" in one for one in told)


def test_a_new_row_is_typed_below_and_one_that_is_deleted_is_not_withdrawn(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    letters = letters_in(file, PROBLEMS)
    row = FIRST + 3
    typed = {"区划代码": "990101002", "清单批次": "丙批", "序号": 9, "办理期限": date(2020, 9, 1), "状态": "已接收"}
    deleted = {f"{letter}{FIRST}": None for letter in letters.values()}

    back = send_back(
        campaign,
        file,
        "2020-08-20",
        {PROBLEMS: {f"{letters[title]}{row}": value for title, value in typed.items()} | deleted},
    )

    assert (back.accepted, back.rejected) == (1, 0)
    assert ("990101002", "丙批", 9) in problems(campaign)
    assert len(problems(campaign)) == 4


def test_a_row_is_withdrawn_by_saying_so(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    letters = letters_in(file, PROBLEMS)
    place = row_of(file, "乙批", 1)

    back = send_back(campaign, file, "2020-08-20", {PROBLEMS: {f"{letters['撤销']}{place}": "是"}})

    assert (back.accepted, back.rejected) == (1, 0)
    assert problems(campaign)["990101", "乙批", 1][":withdrawn"] is True


def test_a_list_with_nothing_to_report_is_answered_with_the_offices_own_code(campaign: Campaign) -> None:
    file = hand_out(campaign, "register:visits", unit="990101001")

    back = send_back(campaign, file, "2020-08-20", {"走访登记": {"A4": "990101001"}})

    assert (back.accepted, back.rejected) == (1, 0)
    rows = rows_of(campaign.store, campaign.store.plan().registers["visits"], at("2020-12-31"))
    assert rows[":nil"].to_list() == [True]


def test_figures_are_filled_in_beside_what_they_were_last(campaign: Campaign) -> None:
    file = hand_out(campaign, "recheck")
    titles = letters_in(file, "指标数字")
    shown = cells_in(file, "指标数字")

    assert [row["区划代码"] for row in shown] == ["990101", "990101001", "990101002"]
    assert [row["上次到位经费（不填）"] for row in shown] == ["1200", None, None]
    assert [row["上次办公用房（不填）"] for row in shown] == [None, "3", None]
    assert [row["上次出生人口（不填）"] for row in shown] == [None, None, None]  # two births in a township

    back = send_back(
        campaign,
        file,
        "2020-08-20",
        {"指标数字": {f"{titles['到位经费（元）']}4": 1500, f"{titles['办公用房（间）']}6": 2}},
    )

    assert back.accepted == 2
    held = campaign.rows("SELECT unit, value FROM readings WHERE batch = :batch ORDER BY unit", batch=back.batch)
    assert held == [("990101", 1500.0), ("990101002", 2.0)]


def test_a_figure_with_words_stands_beside_the_new_one_as_it_was_written(campaign: Campaign) -> None:
    campaign.report("code,funds\n990101,2900余\n", "2020-08-06")
    campaign.report("code,rooms\n990101001,约5\n990101002,4\n", "2020-08-06")

    shown = cells_in(hand_out(campaign, "recheck"), "指标数字")

    assert [row["上次到位经费（不填）"] for row in shown] == ["2900余", None, None]
    assert [row["上次办公用房（不填）"] for row in shown] == [None, "约5", "4"]
    campaign.report("code,funds\n990101,3000\n", "2020-08-07")
    later = cells_in(hand_out(campaign, "recheck", out="后.xlsx"), "指标数字")
    assert [row["上次到位经费（不填）"] for row in later] == ["3000", None, None]


def test_births_of_a_list_are_not_shown_and_not_taken_back(campaign: Campaign) -> None:
    campaign.report("code,kind,number,出生资料数\n990101001,工作方案,乙1,2\n", "2020-08-05")
    file = hand_out(campaign, "papers")

    assert [row["出生资料数"] for row in cells_in(file, PAPERS)] == [None, None]
    send_back(campaign, file, "2020-08-20", {PAPERS: {f"{letters_in(file, PAPERS)['完成率（%）']}{5 + 1}": 9}})
    rows = rows_of(campaign.store, campaign.store.plan().registers["papers"], at("2020-12-31"))
    assert sorted(rows["born"]) == [2.0, 2.0]


def test_each_cell_that_is_refused_is_marked_in_a_copy_with_its_reason(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    letters = letters_in(file, PROBLEMS)
    bad = {
        ("状态", row_of(file, "甲批", 1)): "已接收",  # nothing goes back from 核实中 to 已接收
        ("办理期限", row_of(file, "甲批", 2)): "昨天",
        ("条数（件）", row_of(file, "乙批", 1)): 501,
        ("区划代码", 7): "990109",
        ("清单批次", 7): "丁批",
        ("序号", 7): 1,
        ("区划代码", 8): "990101",
        ("类别", 8): "没有这一类",
        ("清单批次", 8): "丁批",
        ("序号", 8): 2,
        ("区划代码", 9): "990101",
        ("序号", 9): 3,
    }
    receipt = send_back(
        campaign,
        file,
        "2020-08-20",
        {PROBLEMS: {f"{letters[title]}{row}": value for (title, row), value in bad.items()}},
    )

    copy = mark_copy(file, file.with_name(copy_name(file, "zh")), receipt, "zh")

    assert receipt.rejected == 6
    assert isinstance(copy, Path)
    assert copy.name == "表-退回.xlsx"
    notes = notes_of(copy)
    assert set(notes) == {
        f"{letters['状态']}{row_of(file, '甲批', 1)}",
        f"{letters['办理期限']}{row_of(file, '甲批', 2)}",
        f"{letters['条数（件）']}{row_of(file, '乙批', 1)}",
        "A7",
        f"{letters['类别']}8",
        f"{letters['清单批次']}9",
    }
    assert notes[f"{letters['条数（件）']}{row_of(file, '乙批', 1)}"] == "“条数（件）”大于上限 500"


def test_a_due_date_that_may_not_be_put_off_is_marked_where_it_was_written(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    place = f"{letters_in(file, PROBLEMS)['办理期限']}{FIRST}"
    receipt = send_back(campaign, file, "2020-08-20", {PROBLEMS: {place: date(2020, 12, 31)}})
    copy = mark_copy(file, file.with_name("退.xlsx"), receipt, "zh")
    assert isinstance(copy, Path)
    assert set(notes_of(copy)) == {place}


def test_an_amount_like_a_phone_in_what_is_owed_keeps_no_form_from_coming_back(tmp_path: Path) -> None:
    one = make_campaign(tmp_path, plan=FORMS.replace('met_when: "funds > 0"', 'met_when: "funds > 20000000000"'))
    one.report("code,funds\n990101,13812345678\n", "2020-08-02")
    file = hand_out(one, "recheck")
    letters = letters_in(file, PAPERS)
    new = {"区划代码": "990101", "文件种类": "工作方案", "印发日期": date(2020, 8, 1)}

    receipt = send_back(
        one, file, "2020-08-20", {PAPERS: {f"{letters[title]}6": value for title, value in new.items()}}
    )

    assert [(table.accepted, table.rejected) for table in receipt.tables if table.batch] == [(1, 0)]


def test_the_copy_is_mended_and_sent_back_in_its_turn(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    place = f"{letters_in(file, PROBLEMS)['条数（件）']}{FIRST}"
    receipt = send_back(campaign, file, "2020-08-20", {PROBLEMS: {place: 501}})
    copy = mark_copy(file, file.with_name("退.xlsx"), receipt, "zh")
    assert isinstance(copy, Path)

    mended = send_back(campaign, copy, "2020-08-20", {PROBLEMS: {place: 5}})

    assert (mended.accepted, mended.rejected) == (1, 0)


def test_a_copy_never_takes_the_place_of_a_file_and_the_same_one_is_written_once(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    receipt = send_back(campaign, file, "2020-08-20", {PROBLEMS: {f"A{FIRST}": "990109"}})
    aside = file.with_name("退.xlsx")
    aside.write_bytes("别人的文件".encode())

    copies = [mark_copy(file, aside, receipt, "zh") for _ in range(2)]

    assert copies == [file.with_name("退-2.xlsx")] * 2
    assert aside.read_bytes() == "别人的文件".encode()


def test_the_inbox_lays_the_marked_copy_beside_what_was_refused(campaign: Campaign) -> None:
    inbox = campaign.folder / "inbox"
    inbox.mkdir()
    file = hand_out(campaign, "problems", out="inbox/问题2020-08-20.xlsx")
    fill_in(file, {PROBLEMS: {f"A{FIRST}": "990109"}})

    (taken,) = empty(inbox, "甲县人普办", campaign.store, at("2027-01-01"))

    assert taken.rejected == 1
    assert (inbox / "refused" / "问题2020-08-20-退回.xlsx").exists()
    assert (inbox / "done" / "问题2020-08-20.xlsx").exists()


def test_what_is_owed_stands_beside_its_row_and_what_is_missing_over_the_list(campaign: Campaign) -> None:
    file = hand_out(campaign, "recheck")

    owed = {row["清单批次"] + row["序号"]: row["应办事项（不填）"] for row in cells_in(file, PROBLEMS)}
    assert owed == {
        "乙批1": None,
        "甲批1": "问题清单按期办结（2020年8月5日前）",
        "甲批2": "问题清单按期办结（2020年8月5日前）",
    }
    assert "应报未报：工作进度安排（2020年8月5日前）。" in part_of(file, PAPERS)
    guide = part_of(file, "填报说明")
    assert "问题清单按期办结（甲批）" in guide
    assert "两个文件印发（工作进度安排）" in guide
    assert "两个文件印发（工作方案）" not in guide


def test_a_form_says_in_english_what_it_says_in_chinese(campaign: Campaign) -> None:
    english = campaign.store.settings.model_copy(update={"lang": "en"})
    object.__setattr__(campaign.store, "settings", english)
    file = hand_out(campaign, "recheck")

    assert [table.sheet for table in open_tables(file)] == ["figures", "problems", "papers"]
    row = cells_in(file, "problems")[1]
    assert (row["state"], row["checked"], row["steps"]) == ("in-field", "yes", "visit、call")
    assert row["owed (leave as it is)"] == "lists-closed, by 2020-08-05"
    back = send_back(campaign, file, "2020-08-20")
    assert [one.batch for one in back.tables] == [None, None, None]


@pytest.mark.parametrize(
    ("names", "unit", "said"),
    [
        (("nothing",), "990101", "没有登记册或阶段“nothing”"),
        (("visits",), "990101", "既是登记册（走访登记），又是阶段（入户走访）"),
        (("phase:visits",), "990101", "没有要由甲县（990101）及其下级填写的登记册和数字"),
        (("problems",), "990109", "没有单位 990109"),
    ],
)
def test_what_cannot_be_handed_out_is_said(campaign: Campaign, names: tuple[str, ...], unit: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        hand_out(campaign, *names, unit=unit)
    assert said in refused.value.said.zh
    assert not list(campaign.folder.glob("*.xlsx*"))


def test_no_file_is_overwritten_and_none_is_left_half_written(campaign: Campaign) -> None:
    out = campaign.folder / "表.xlsx"
    out.write_bytes(b"")
    with pytest.raises(Refusal, match="exists already"):
        hand_out(campaign, "problems")
    out.unlink()
    with pytest.raises(Refusal, match=r"end with \.xlsx"):
        make_form(campaign.store, ["problems"], "990101", at(HANDED_OUT), campaign.folder / "表.csv")
    assert out.exists() is False


def test_a_name_that_no_disk_takes_is_refused(campaign: Campaign) -> None:
    with pytest.raises(Refusal, match="cannot write"):
        hand_out(campaign, "problems", out=f"{'长' * 90}.xlsx")


def letters_in(file: Path, sheet: str) -> dict[str, str]:
    """The letter of each column by its title."""
    table = next(one for one in open_tables(file) if one.sheet == sheet)
    return {title: chr(ord("A") + place) for place, title in enumerate(table.columns)}


def cells_in(file: Path, sheet: str) -> list[dict[str, str | None]]:
    """The rows of a sheet by the titles of its columns."""
    table = next(one for one in open_tables(file) if one.sheet == sheet)
    rows = [row for part in table.parts() for row in part.drop("row").iter_rows()]
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def row_of(file: Path, batch: str, number: int) -> int:
    """Where a problem stands in the sheet."""
    table = next(one for one in open_tables(file) if one.sheet == PROBLEMS)
    places = {title: f"c{place}" for place, title in enumerate(table.columns)}
    (part,) = table.parts()
    own = part.filter(part[places["清单批次"]] == batch).filter(
        part.filter(part[places["清单批次"]] == batch)[places["序号"]] == str(number)
    )
    return int(own["row"].item())
