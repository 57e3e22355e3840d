"""Rows of registers through the whole intake, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from worlds.campaign import Campaign, at
from worlds.districts import count, kept, readings
from worlds.row_reports import TWICE, list_campaign, problems, send

from models.moments import micros
from models.tables import Case, Policy
from models.wording import Refusal
from tasks.campaign.frames import add_row
from tasks.campaign.store import open_store
from tasks.intake.inbox import empty
from tasks.intake.intake import FOR_ITSELF, AsRows, take_in
from tasks.intake.receipts import Receipt
from tasks.registers.current import rows_of

HEADER = "区划代码,清单批次,序号,状态,办理期限,撤销\n"
WHOLE, AGREED = AsRows(whole=True), AsRows(whole=True, agreed=True)


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return list_campaign(tmp_path, database_url)


@pytest.fixture
def local(tmp_path: Path) -> Campaign:
    """The same on SQLite only, for what has nothing to do with the database."""
    return list_campaign(tmp_path)


def why(receipt: Receipt) -> dict[int, tuple[str, str]]:
    """The key and the reasons of every refused row."""
    return {row: (key, zh) for row, key, zh, _ in receipt.refusals.iter_rows()}


def ten(campaign: Campaign) -> Receipt:
    """Ten problems of one county and one of the other, all due on 5 September 2020."""
    rows = "".join(f"990101,甲批,{row},已接收,2020-09-05,\n" for row in range(1, 11))
    return send(campaign, f"{HEADER}{rows}990102,甲批,1,已接收,2020-09-05,\n", "2020-08-20T09:00", name="十条.csv")


def test_rows_come_in_and_are_laid_over_by_their_key(campaign: Campaign) -> None:
    first = send(
        campaign,
        "区划代码,清单批次,序号,状态,备注\n990101000000,甲批,1,已接收,待查\n990101001,甲批,２,核实中,\n990102,甲批,1,closed,\n",
        "2020-08-20T09:00",
    )
    assert (first.batch, first.accepted, first.rejected, first.rejections, first.register) == (
        1,
        3,
        0,
        None,
        "problems",
    )
    send(campaign, HEADER + "990101,甲批,1,核实中,2020-09-05,\n990101001,甲批,2,已办结,,\n", "2020-08-21T09:00")
    assert problems(campaign) == [
        ("990101", "甲批", 1.0, "in-field"),
        ("990101001", "甲批", 2.0, "closed"),
        ("990102", "甲批", 1.0, "closed"),
    ]
    assert problems(campaign, "2020-08-20T09:00")[0] == ("990101", "甲批", 1.0, "received")
    assert (count(campaign, "readings"), count(campaign, "batches")) == (0, 2)


def test_an_empty_cell_keeps_what_was_known_and_a_dash_takes_it_away(campaign: Campaign) -> None:
    send(campaign, "code,list,row,note,items,kind\n990101,甲批,1,待查,3,logic\n", "2020-08-20T09:00")
    send(campaign, "code,list,row,note,items,kind\n990101,甲批,1,-,,hard\n", "2020-08-21T09:00")
    rows = list_rows(campaign)
    assert rows.select("note", "items", "kind").rows() == [(None, 3.0, "hard")]


def list_rows(campaign: Campaign, register: str = "problems") -> pl.DataFrame:
    return rows_of(campaign.store, campaign.store.plan().registers[register], at("2021-01-01T00:00"))


def test_refused_rows_name_row_key_and_reason_and_can_be_mended_and_sent_again(campaign: Campaign) -> None:
    receipt = send(
        campaign,
        HEADER + "990101,甲批,1,已接收,8月5日,\n990101,甲批,2,已接收,2020-09-05,\n990103,甲批,3,已接收,,\n合计,,3,,,\n",
        "2020-08-20T09:00",
    )
    assert (receipt.accepted, receipt.rejected) == (1, 2)
    assert why(receipt) == {
        2: ("甲批/1", "“办理期限”缺少年份，请写全年月日，如 2020-08-05"),
        4: ("甲批/3", "区划代码 990103 不在单位名录中，请核对"),
    }
    assert receipt.rejections is not None
    lines = receipt.rejections.read_text("utf-8-sig").splitlines()
    assert (
        lines[0]
        == "区划代码,清单批次,序号,状态,办理期限,撤销,退回行号 row,退回代码 code,退回主键 key,退回原因 zh,退回原因 en"
    )
    assert lines[1].startswith("990101,甲批,1,已接收,8月5日,,2,990101,甲批/1,")
    mended = "\n".join(lines).replace("8月5日", "2020年8月5日").replace("990103,甲批", "990102,甲批")
    again = send(campaign, mended, "2020-08-20T09:00", name="改好.csv")
    assert (again.accepted, again.rejected, len(problems(campaign))) == (2, 0, 3)


def test_the_same_file_for_the_same_time_twice_changes_nothing(campaign: Campaign) -> None:
    body = HEADER + "990101,甲批,1,已接收,2020-09-05,\n990101,甲批,2,什么,,\n"
    first = send(campaign, body, "2020-08-20T09:00")
    files = kept(campaign)
    again = send(campaign, body, "2020-08-20T09:00", name="又报.csv")
    assert again == Receipt(first.batch, 1, 1, first.rejections, repeated=True, register="problems")
    assert why(again) == why(first) == {3: ("甲批/2", first.refusals["zh"][0])}
    assert (count(campaign, "batches"), kept(campaign)) == (1, files)
    assert not send(campaign, body, "2020-08-21T09:00").repeated


def test_a_state_goes_only_where_the_plan_lets_it_and_a_new_row_may_have_any(campaign: Campaign) -> None:
    rows = "990101,甲批,1,已接收,,\n990101,甲批,2,已办结,,\n990101,甲批,3,核实中,,\n"
    assert send(campaign, HEADER + rows, "2020-08-20T09:00").rejected == 0
    receipt = send(
        campaign,
        HEADER + "990101,甲批,1,已办结,,\n990101,甲批,2,核实中,,\n990101,甲批,3,已办结,,\n990101,甲批,4,已办结,,\n",
        "2020-08-21T09:00",
    )
    assert why(receipt) == {
        2: ("甲批/1", "“状态”不能由“已接收”改为“已办结”，只能改为：核实中、已退回上级"),
        3: ("甲批/2", "“状态”已是“已办结”，不能再改为“核实中”"),
    }
    dashed = send(campaign, HEADER + "990101,甲批,1,-,,\n990101,甲批,1,-,,\n", "2020-08-22T09:00")
    assert dashed.rejected == 2
    dashed = send(campaign, HEADER + "990101,甲批,1,-,,\n", "2020-08-22T09:00")
    assert why(dashed) == {2: ("甲批/1", "“状态”不能由“已接收”改为“空”，只能改为：核实中、已退回上级")}
    same = send(campaign, HEADER + "990101,甲批,1,已接收,,\n", "2020-08-23T09:00")
    assert same.accepted == 1


def test_a_move_is_judged_by_what_held_at_the_reports_own_moment(campaign: Campaign) -> None:
    send(campaign, HEADER + "990101,甲批,1,已接收,,\n", "2020-08-20T09:00")
    send(campaign, HEADER + "990101,甲批,1,核实中,,\n", "2020-08-22T09:00")
    late = send(campaign, HEADER + "990101,甲批,1,已办结,,\n", "2020-08-21T09:00")
    assert why(late)[2][1].startswith("“状态”不能由“已接收”改为“已办结”")
    now = send(campaign, HEADER + "990101,甲批,1,已办结,,\n", "2020-08-23T09:00")
    assert now.accepted == 1


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("甲批,1,2020-07-31,", "办理期限早于清单下发，请核对改正"),
        ("甲批,1,2020-08-01,", None),
        ("甲批,1,,990101001", "不能退回给自己的下级，请核对改正"),
        ("甲批,1,,990102", None),
        ("甲批,1,,", None),
    ],
)
def test_what_the_plan_refuses_is_refused_and_what_cannot_be_decided_is_not(
    local: Campaign, cells: str, reason: str | None
) -> None:
    receipt = send(local, f"code,list,row,due,pool\n990101,{cells}\n", "2020-08-20T09:00")
    assert [said for _, said in why(receipt).values()] == ([] if reason is None else [reason])


def test_a_row_is_refused_by_the_plan_as_it_stands_after_the_report(local: Campaign) -> None:
    send(local, "code,list,row,pool\n990101,甲批,1,990102\n990101,甲批,2,990102001\n", "2020-08-20T09:00")
    receipt = send(local, "code,list,row\n990102,甲批,1\n", "2020-08-21T09:00")
    assert receipt.accepted == 1  # another keeper's row of the same key
    refused = send(local, "code,list,row,pool\n990101,甲批,1,990101002\n", "2020-08-21T10:00")
    assert why(refused)[2] == ("甲批/1", "不能退回给自己的下级，请核对改正")


def test_nobody_ends_his_own_duty_with_a_report(campaign: Campaign) -> None:
    ten(campaign)
    later = send(
        campaign,
        HEADER
        + "990101,甲批,1,,2020-09-06,\n990101,甲批,2,,2020-09-04,\n990101,甲批,3,,-,\n990101,甲批,4,核实中,2020-09-05,\n"
        + "990101,甲批,5,,,是\n",
        "2020-09-05T23:59",
    )
    put_off = "“问题清单按期办结”由本单位负责，“办理期限”不得自行推后；确需延期的，请报上级按延期办理"
    assert {row: said for row, (_, said) in why(later).items()}.keys() == {2, 4}
    assert all(put_off in said for _, said in why(later).values())
    overdue = send(campaign, HEADER + "990101,甲批,6,,,是\n990101,甲批,2,,,是\n", "2020-09-06T00:00")
    said = why(overdue)
    assert said[2] == (
        "甲批/6",
        "“问题清单按期办结”由本单位负责，本行已逾期，不得自行撤销；确需免办的，请报上级按豁免办理",
    )
    assert said.keys() == {2, 3}
    assert ("990101", "甲批", 5.0, "received") not in problems(campaign)


def test_a_row_without_its_own_date_may_not_be_put_off_past_the_requirements(campaign: Campaign) -> None:
    send(campaign, HEADER + "990101,甲批,1,,,\n990101,甲批,2,,,\n", "2020-08-20T09:00")
    receipt = send(campaign, HEADER + "990101,甲批,1,,2020-09-11,\n990101,甲批,2,,2020-09-10,\n", "2020-08-21T09:00")
    assert [key for key, _ in why(receipt).values()] == ["甲批/1"]


def test_a_row_in_an_open_case_is_not_withdrawn_by_its_keeper(campaign: Campaign) -> None:
    ten(campaign)
    with campaign.store.writing() as connection:
        policy = add_row(connection, Policy, digest="p", text="{}")
        moment = micros(at("2020-09-01T09:00"))
        case = {"unit": "990101", "requirement": "recheck.lists-closed", "period": "甲批"}
        add_row(connection, Case, **case, due=moment, policy=policy, opened_at=moment)
    receipt = send(campaign, HEADER + "990101,甲批,6,,,是\n990102,甲批,1,,,是\n", "2020-09-02T00:00")
    assert (
        why(receipt)[2][1]
        == "“问题清单按期办结”由本单位负责，本行正在催办，不得自行撤销；确需免办的，请报上级按豁免办理"
    )
    assert receipt.accepted == 1


def test_withdrawn_rows_go_and_one_that_nobody_knows_cannot_be_withdrawn(campaign: Campaign) -> None:
    ten(campaign)
    receipt = send(campaign, HEADER + "990101,甲批,1,,,是\n990101,甲批,99,,,yes\n", "2020-08-25T09:00")
    assert why(receipt) == {3: ("甲批/99", "“问题清单”中没有这一行，无从撤销，请核对各主键栏")}
    assert len(problems(campaign)) == 10
    assert send(campaign, HEADER + "990101,甲批,1,,,是\n", "2020-08-26T09:00").accepted == 1
    again = send(campaign, HEADER + "990101,甲批,1,已办结,2020-12-31,\n", "2020-08-27T09:00")
    assert again.accepted == 1  # it is new, and a new row may have any state


def test_a_nil_return_is_accepted_of_a_keeper_without_rows_alone(campaign: Campaign) -> None:
    nil = send(campaign, HEADER + "990101,,,,,\n", "2020-08-20T09:00")
    assert (nil.accepted, nil.rejected, problems(campaign)) == (1, 0, [])
    ten(campaign)
    late = send(campaign, HEADER + "990101,,,,,\n", "2020-08-21T09:00")
    assert why(late) == {2: ("", "本行只有代码，是零报告，而该单位已有 10 行在册；确已没有的，请先逐行撤销")}
    both = send(campaign, HEADER + "990102,,,,,\n990102,甲批,7,,,\n", "2020-08-21T09:00")
    assert "零报告，而文件中另有该单位的行" in why(both)[2][1]
    assert both.accepted == 1


def test_a_full_list_withdraws_what_it_leaves_out_but_not_more_than_a_fifth_without_a_word(campaign: Campaign) -> None:
    ten(campaign)
    nine = "".join(f"990101,甲批,{row},,,\n" for row in range(1, 9))
    done = send(campaign, HEADER + nine, "2020-08-25T09:00", WHOLE)
    assert (done.accepted, [remark.zh for remark in done.remarks]) == (8, ["全量清单中没有的 2 行已撤销"])
    assert len(problems(campaign)) == 9
    six = "".join(f"990101,甲批,{row},,,\n" for row in range(1, 7))
    with pytest.raises(Refusal) as refused:
        send(campaign, HEADER + six, "2020-08-26T09:00", WHOLE)
    assert "“问题清单”超过五分之一的行（990101 现有 8 行，将撤销 2 行），未作任何改动" in refused.value.said.zh
    assert (len(problems(campaign)), count(campaign, "batches")) == (9, 2)
    assert send(campaign, HEADER + six, "2020-08-26T09:00", AGREED).accepted == 6
    assert [row[:3] for row in problems(campaign)][-1] == ("990102", "甲批", 1.0)
    assert len(problems(campaign)) == 7


def test_the_fifth_counts_for_each_keeper(campaign: Campaign) -> None:
    ten(campaign)
    rows = "".join(f"990101,甲批,{row},,,\n" for row in range(1, 11))
    with pytest.raises(Refusal) as refused:
        send(campaign, f"{HEADER}{rows}990102,乙批,1,,,\n", "2020-08-26T09:00", WHOLE)
    assert "990102 现有 1 行，将撤销 1 行" in refused.value.said.zh
    assert "990101" not in refused.value.said.zh


def test_rows_that_their_keeper_may_not_withdraw_stay_and_are_named(campaign: Campaign) -> None:
    ten(campaign)
    send(campaign, HEADER + "990101,甲批,9,退回,,\n990101,甲批,9,已退回上级,,\n", "2020-08-24T09:00")
    nine = "".join(f"990101,甲批,{row},,,\n" for row in range(1, 9))
    receipt = send(campaign, HEADER + nine, "2020-09-06T00:00", WHOLE)
    assert [remark.zh for remark in receipt.remarks] == [
        "全量清单中没有、但已逾期或正在催办的 2 行不予撤销：甲批/9、甲批/10",
    ]
    assert len(problems(campaign)) == 11


def test_a_refused_row_of_a_full_list_is_in_the_list_all_the_same(campaign: Campaign) -> None:
    ten(campaign)
    rows = "".join(f"990101,甲批,{row},,,\n" for row in range(1, 10))
    receipt = send(campaign, HEADER + rows + "990101,甲批,10,什么,,\n", "2020-08-25T09:00", WHOLE)
    assert (receipt.accepted, receipt.rejected, len(problems(campaign))) == (9, 1, 11)
    unread = send(campaign, HEADER + rows + "990101,甲批,拾,,,\n", "2020-08-26T09:00", WHOLE)
    assert [remark.zh for remark in unread.remarks] == [
        "990101 有行读不出主键，其余各行这次一律不撤销，请改正后重报全量清单"
    ]
    assert len(problems(campaign)) == 11


def test_a_file_that_was_no_full_list_is_none_at_the_same_moment(campaign: Campaign) -> None:
    ten(campaign)
    body = HEADER + "990101,甲批,1,,,\n"
    send(campaign, body, "2020-08-25T09:00")
    with pytest.raises(Refusal) as refused:
        send(campaign, body, "2020-08-25T09:00", AGREED)
    assert "当时不是全量" in refused.value.said.zh
    with pytest.raises(Refusal) as refused:
        send(campaign, "code,funds\n990101,3\n", "2020-08-25T09:00", WHOLE)
    assert "--whole（全量）只用于登记册" in refused.value.said.zh


def test_a_header_of_two_registers_needs_the_register_named(tmp_path: Path) -> None:
    campaign = list_campaign(tmp_path, plan=TWICE)
    body = "code,list,row\n990101,甲批,1\n"
    with pytest.raises(Refusal) as refused:
        send(campaign, body, "2020-08-20T09:00")
    assert "“问题清单”（problems）、“复查清单”（again）" in refused.value.said.zh
    assert count(campaign, "batches") == 0
    assert send(campaign, body, "2020-08-20T09:00", AsRows(register="复查清单")).register == "again"
    assert send(campaign, body, "2020-08-20T09:00", AsRows(register="problems")).repeated is False
    assert send(campaign, body, "2020-08-20T09:00", AsRows(register="problems")).repeated is True
    assert count(campaign, "batches") == 2


def book(campaign: Campaign, sheets: dict[str, list[list[object]]], hidden: str = "") -> Path:
    file = campaign.folder / "清单.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell, day)
                    else:
                        sheet.write(number, place, cell)
            if name == hidden:
                sheet.hide()
    return file


def take(campaign: Campaign, file: Path, as_of: str = "2020-08-20T09:00", as_rows: AsRows = FOR_ITSELF) -> Receipt:
    return take_in(campaign.store, file, at(as_of), "甲县人普办", at("2020-09-20T09:00"), as_rows=as_rows)


SHEETS: dict[str, list[list[object]]] = {
    "填报说明": [["本表由县级填报"]],
    "台账": [
        ["问题清单一览"],
        ["区划代码", "清单批次", "序号", "办理期限"],
        ["990101", "甲批", 1, date(2020, 9, 5)],
        ["990101", "甲批", 2, 44079],
    ],
    "走访登记": [["区划代码", "走访批次", "走访日期"], ["990101001", 1, "2020年8月9日"], ["990101", 2, "2020-08-10"]],
    "经费": [["区划代码", "到位经费"], ["990101", 800], ["合计", 800]],
}


def test_a_workbook_brings_several_registers_and_figures_at_once(campaign: Campaign) -> None:
    file = book(campaign, SHEETS)
    receipt = take(campaign, file)
    assert [(one.register, one.accepted, one.rejected) for one in receipt.tables] == [
        ("problems", 2, 0),
        ("visits", 1, 1),
        (None, 1, 0),
    ]
    assert why(receipt.tables[1])[3] == ("990101/2", "“走访登记”的行应填乡级、村级的代码，本行不是，请核对")
    assert list_rows(campaign)["due"].to_list() == [date(2020, 9, 5), date(2020, 9, 5)]
    assert readings(campaign, "funds") == [("990101", 800.0, None, None, 3)]
    again = take(campaign, file)
    assert [(one.repeated, one.batch) for one in again.tables] == [(True, 1), (True, 2), (True, 3)]
    assert count(campaign, "batches") == 3


def test_one_faulty_table_keeps_out_the_whole_workbook(campaign: Campaign) -> None:
    sheets = {**SHEETS, "经费": [["区划代码", "到位资金"], ["990101", 800]]}
    with pytest.raises(Refusal):
        take(campaign, book(campaign, sheets))
    personal = {**SHEETS, "填报说明": [["联系 13812345678"]]}
    with pytest.raises(Refusal, match="respondents"):
        take(campaign, book(campaign, personal))
    assert (count(campaign, "batches"), kept(campaign), problems(campaign)) == (0, [], [])


def test_two_sheets_of_one_register_and_a_sheet_that_brings_nothing_are_refused(local: Campaign) -> None:
    with pytest.raises(Refusal) as refused:
        take(local, book(local, {**SHEETS, "续表": SHEETS["台账"][1:]}))
    assert "有多个工作表（台账、续表）" in refused.value.said.zh
    with pytest.raises(Refusal) as refused:
        take(local, book(local, {**SHEETS, "代码表": [["区划代码", "单位名称"], ["990101", "甲县"]]}))
    assert "工作表“代码表”没有可上报的列" in refused.value.said.zh


def test_a_hidden_sheet_of_rows_is_not_read_and_whoever_reports_is_told(local: Campaign) -> None:
    receipt = take(local, book(local, SHEETS, hidden="台账"))
    assert [one.register for one in receipt.tables] == ["visits", None]
    assert any("隐藏的工作表（台账）未读入" in remark.zh for remark in receipt.remarks)
    with pytest.raises(Refusal) as refused:
        take(local, book(local, {"说明": [["一"]], "台账": SHEETS["台账"]}, hidden="台账"))
    assert "数据在隐藏的工作表（台账）中" in refused.value.said.zh


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_rows_come_in_files_of_every_kind(local: Campaign, kind: str) -> None:
    frame = pl.DataFrame(
        {
            "code": ["990101"],
            "list": ["甲批"],
            "row": [7],
            "due": [date(2020, 9, 5)],
            "checked": [True],
            "steps": ["visit,call"],
        }
    )
    file = local.folder / f"清单.{kind}"
    if kind == "csv":
        frame.write_csv(file)
    elif kind == "parquet":
        frame.write_parquet(file)
    else:
        row = {"code": "990101", "list": "甲批", "row": 7, "due": "2020-09-05", "checked": True, "steps": "visit,call"}
        file.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    assert take(local, file).accepted == 1
    held = list_rows(local)
    assert held.select("row", "due", "checked", "steps").rows() == [(7.0, date(2020, 9, 5), True, ["visit", "call"])]


def test_respondents_data_in_any_cell_leave_nothing_behind(campaign: Campaign) -> None:
    with pytest.raises(Refusal, match="respondents"):
        send(campaign, "code,list,row,note\n990101,甲批,1,\n990101,甲批,2,找王某 13812345678\n", "2020-08-20T09:00")
    assert (count(campaign, "batches"), kept(campaign)) == (0, [])


def test_the_inbox_takes_rows_too(local: Campaign) -> None:
    folder = local.folder / "inbox"
    folder.mkdir()
    (folder / "990101-2020-08-20T0900.csv").write_text(
        HEADER + "990101,甲批,1,,,\n990101,甲批,2,什么,,\n", encoding="utf-8"
    )
    taken = empty(folder, "收件夹", local.store, at("2030-01-01T00:00"))
    assert [(one.accepted, one.rejected, one.refusal) for one in taken] == [(1, 1, None)]
    assert len(problems(local)) == 1
    assert [path.name for path in (folder / "refused").iterdir()] == [
        next((local.folder / "home" / "rejections").iterdir()).name
    ]


def test_two_intakes_of_one_office_at_once_lose_nothing(campaign: Campaign) -> None:
    ten(campaign)
    stores = [open_store(campaign.settings) for _ in range(4)]
    jobs: list[Callable[[], Receipt]] = []
    for number, store in enumerate(stores):
        file = campaign.folder / f"同时{number}.csv"
        rows = "".join(f"990101,批{number},{row},已接收,,\n" for row in range(5))
        file.write_text(f"{HEADER}{rows}990101,甲批,1,核实中,,\n", encoding="utf-8")
        jobs.append(
            lambda store=store, file=file: take_in(store, file, at("2020-08-21T09:00"), "甲", at("2020-08-22T09:00"))
        )
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda job: job(), jobs))
    assert [receipt.rejected for receipt in receipts] == [0] * 4
    assert len(problems(campaign)) == 11 + 4 * 5
    assert sorted(receipt.batch or 0 for receipt in receipts) == [2, 3, 4, 5]


def test_the_same_file_twice_at_once_is_one_report(campaign: Campaign) -> None:
    stores = [open_store(campaign.settings) for _ in range(3)]
    file = campaign.folder / "同一份.csv"
    file.write_text(HEADER + "990101,甲批,1,已接收,,\n", encoding="utf-8")
    with ThreadPoolExecutor(3) as pool:
        receipts = list(
            pool.map(lambda store: take_in(store, file, at("2020-08-21T09:00"), "甲", at("2020-08-22T09:00")), stores)
        )
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True]
    assert count(campaign, "batches") == 1


def test_reports_of_figures_stay_as_they_were_where_the_plan_has_registers(campaign: Campaign) -> None:
    file = campaign.folder / "报表.csv"
    file.write_text("区划代码,到位经费,普查员\n990101,800,\n990101001001001,,3\n", encoding="utf-8")
    receipt = take(campaign, file)
    assert (receipt.register, receipt.accepted) == (None, 2)
    assert readings(campaign, "enumerators")[0][:2] == ("990101001", 3.0)


def test_nil_returns_that_do_not_say_of_which_list_are_refused_and_told_how(tmp_path: Path) -> None:
    campaign = list_campaign(tmp_path)
    with pytest.raises(Refusal, match="say with --register of which list"):
        send(campaign, "code\n990101\n", "2020-08-20T09:00")
    assert campaign.rows("SELECT COUNT(*) FROM batches") == [(0,)]
    assert send(campaign, "code\n990101\n", "2020-08-20T09:00", AsRows("problems")).accepted == 1
