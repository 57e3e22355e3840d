"""Every way in, tried with somebody who is counted: refused as a whole, nothing repeated, nothing kept."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from worlds.clerk import Answer, Clerk
from worlds.plans import without_codes

PERSON, PHONE = "11010519491231002X", "13812345678"
PLAN = without_codes("""\
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  staff: {title: 两员人数, level: township, roll_up: sum}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: listing
    title: 摸底
    starts: 2020-07-01
    ends: 2020-10-31
    requirements:
      - {id: staff, title: 两员到位, judged_at: township, met_when: "staff >= 9", due: 2020-08-05, ladder: standard}
""")
CONTACTS = "130101001,owner,owner,json://127.0.0.1:9/a\n130101,leader,leader,json://127.0.0.1:9/b\n"
REPORT = {"as_of": ("--as-of", "2020-07-20"), "by": ("--by", "丙县")}
HEAD, ROW = ["code", "staff", "evidence", "单位名称"], ["130101001", "5", "会议纪要", "戊镇"]


def csv(place: int, text: str, *, header: bool = False) -> bytes:
    head, row = list(HEAD), list(ROW)
    (head if header else row)[place] = text
    return f"{','.join(head)}\n{','.join(row)}\n".encode()


def workbook(change: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], object]) -> bytes:
    """A good report with something more in it."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet("报表")
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, ROW)
    change(book, sheet)
    book.close()
    return data.getvalue()


def hidden_sheet(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("底册")
    sheet.write(0, 0, PERSON)
    sheet.very_hidden()


def hidden_column(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.write(1, 2, PHONE)
    sheet.set_column(2, 2, None, None, {"hidden": True})


def parquet(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data)
    return data.getvalue()


FILES: dict[str, tuple[str, bytes]] = {
    "a figure": ("a.csv", csv(1, PHONE)),
    "a code": ("a.csv", csv(0, PERSON)),
    "evidence": ("a.csv", csv(2, f"户主 {PERSON}")),
    "evidence with blanks": ("a.csv", csv(2, "联系 138 1234 5678")),
    "evidence in full width": ("a.csv", csv(2, "１３８１２３４５６７８")),
    "evidence in numerals": ("a.csv", csv(2, "一三八一二三四五六七八")),
    "evidence in circled figures": ("a.csv", csv(2, "❶❸❽❶❷❸❹❺❻❼❽")),
    "evidence with marks on its digits": ("a.csv", csv(2, "\u0332".join(PHONE))),
    "evidence with plus signs": ("a.csv", csv(2, "138+1234+5678")),
    "evidence with a phone of Hong Kong": ("a.csv", csv(2, "+852 9123 4567")),
    "evidence with what nobody sees": ("a.csv", csv(2, "138\u200b1234\u20605678")),
    "the name of a place": ("a.csv", csv(3, f"戊镇{PHONE}")),
    "a title": ("a.csv", csv(3, PHONE, header=True)),
    "a column of names": ("a.csv", csv(3, "户主姓名", header=True)),
    "a column of ID numbers": ("a.csv", csv(3, "身份证号", header=True)),
    "a column of phones": ("a.csv", csv(3, "手机", header=True)),
    "a column of names in English": ("a.csv", csv(3, "full_name", header=True)),
    "a column without a title": ("a.csv", csv(3, "", header=True).replace("戊镇".encode(), PERSON.encode())),
    "GBK": ("a.csv", csv(2, f"户主 {PERSON}").decode().encode("gbk")),
    "JSON Lines": ("a.jsonl", json.dumps({"code": "130101001", "staff": 5, "evidence": PERSON}).encode()),
    "a key of JSON Lines": ("a.jsonl", json.dumps({"code": "130101001", "staff": 5, PERSON: 1}).encode()),
    "a number of JSON Lines": ("a.jsonl", b'{"code": "130101001", "staff": 13812345678}'),
    "Parquet": ("a.parquet", parquet(pl.DataFrame({"code": ["130101001"], "staff": [5], "evidence": [PERSON]}))),
    "a number of Parquet": ("a.parquet", parquet(pl.DataFrame({"code": ["130101001"], "staff": [13812345678]}))),
    "the name of a file": (f"{PHONE}.csv", csv(2, "会议纪要")),
    "the name of a file with signs": ("张三_110105-19491231-002X.csv", csv(2, "会议纪要")),
    "a hidden sheet": ("a.xlsx", workbook(lambda book, _: hidden_sheet(book))),
    "the name of a sheet": ("a.xlsx", workbook(lambda book, _: book.add_worksheet(PERSON))),
    "a hidden column": ("a.xlsx", workbook(lambda _, sheet: hidden_column(sheet))),
    "a note": ("a.xlsx", workbook(lambda _, sheet: sheet.write_comment("B2", f"户主 {PERSON}"))),
    "a text box": ("a.xlsx", workbook(lambda _, sheet: sheet.insert_textbox("G2", f"户主 {PHONE}"))),
    "the head of a page": ("a.xlsx", workbook(lambda _, sheet: sheet.set_header(f"&C户主 {PHONE}"))),
    "the foot of a page": ("a.xlsx", workbook(lambda _, sheet: sheet.set_footer(f"&C户主 {PERSON}"))),
    "the prompt of a cell": (
        "a.xlsx",
        workbook(lambda _, s: s.data_validation("B2", {"validate": "any", "input_message": f"户主 {PHONE}"})),
    ),
    "the choices of a cell": (
        "a.xlsx",
        workbook(lambda _, sheet: sheet.data_validation("B2", {"validate": "list", "source": [PERSON, "无"]})),
    ),
}
COMMANDS: dict[str, tuple[str, ...]] = {
    "who reports": ("report", "good.csv", "--as-of", "2020-07-20", "--by", f"张三{PHONE}"),
    "who waives": ("waive", "1", "--by", f"张三{PHONE}", "--reason", "汛期"),
    "the reason of a waiver": ("waive", "1", "--by", "leader", "--reason", f"户主 {PERSON} 外出"),
    "the reason of an extension": (
        *("extend", "1", "--by", "leader", "--until", "2020-09-01"),
        *("--reason", f"户主 138-1234-5678 外出/{'甲'}"),
    ),
    "who acknowledges": ("ack", "1", "--by", PERSON),
    "the reason of an exit": ("sign-exit", "130101", "listing", "--by", "leader", "--reason", PERSON),
    "the reason of a return": ("return", "P00000001", "--by", "leader", "--reason", f"问 {PHONE}"),
    "a unit asked for": ("status", "--unit", PERSON),
    "a requirement asked for": ("explain", "130101001", PHONE),
    "the name of a day": ("calendar", "import", "named.csv"),
    "a day that is none": ("calendar", "import", "dated.csv"),
}
LOADS: dict[str, dict[str, str]] = {
    "the title of a requirement": {"plan.yaml": PLAN.replace("两员到位", f"两员到位 {PHONE}")},
    "a comment of a plan": {"plan.yaml": f"{PLAN}# 户主 {PERSON}\n"},
    "a plan that is extended": {
        "plan.yaml": "extends: base.yaml\nunit: '13'\n",
        "base.yaml": PLAN.replace("title: 摸底", f"title: 摸底 {PERSON}"),
    },
    "the name of a unit": {"units.csv": f"code,name\n13,甲省{PHONE}\n"},
    "the code of a unit": {"units.csv": f"code,name\n{PERSON},甲省\n"},
    "a title of units": {"units.csv": f"code,name,{PHONE}\n13,甲省,\n"},
    "a superior": {"superiors.csv": f"code,superior,line\n130101,{PERSON},business\n"},
    "the name of a contact": {"contacts.csv": f"unit,role,name,channel\n13,owner,张三{PHONE},json://127.0.0.1:9/a\n"},
    "the role of a contact": {"contacts.csv": f"unit,role,name,channel\n13,{PERSON},张三,json://127.0.0.1:9/a\n"},
    "a contact's quiet hours": {
        "contacts.csv": f"unit,role,name,channel,quiet\n13,owner,张三,json://127.0.0.1:9/a,{PHONE}\n"
    },
}


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    clerk.load(PLAN, contacts=CONTACTS)
    clerk.file("good.csv", csv(2, "会议纪要"))
    clerk.file("named.csv", f"day,kind,name\n2027-01-01,off,元旦 {PHONE}\n")
    clerk.file("dated.csv", f"day,kind,name\n{PERSON},off,元旦\n")
    clerk("watch", "--as-of", "2020-08-06T10:00")
    return clerk


def attempts(clerk: Clerk) -> Iterator[tuple[str, Answer]]:
    for way, (name, content) in FILES.items():
        yield way, clerk("report", clerk.file(name, content), *REPORT["as_of"], *REPORT["by"])
    for way, command in COMMANDS.items():
        yield way, clerk(*command)
    for way, files in LOADS.items():
        good = {"plan.yaml": PLAN, "units.csv": "code,name\n13,甲省\n130101,丙县\n"}
        given = {name: clerk.file(name, text) for name, text in (good | files).items()}
        options = {f"--{Path(name).stem}": file for name, file in given.items() if name != "base.yaml"}
        yield way, clerk("load", *(word for pair in options.items() for word in pair))


def test_whatever_way_somebody_who_is_counted_is_tried_they_do_not_enter(clerk: Clerk) -> None:
    answers = dict(attempts(clerk))

    kept = b"".join(path.read_bytes() for path in sorted((clerk.folder / "home").rglob("*")) if path.is_file())
    said = {way: f"{answer.out}{answer.err}" for way, answer in answers.items()}
    assert len(answers) >= 50
    assert [way for way, answer in answers.items() if answer.code != 2] == []
    assert [way for way, text in said.items() if PERSON in text or PHONE in text or "1234 5678" in text] == []
    assert PERSON.encode() not in kept
    assert PHONE.encode() not in kept
    assert clerk.json("status", "--as-of", "2020-08-06")["phases"][0]["unreported"] == 3


def test_the_same_files_without_anybody_are_taken_in(clerk: Clerk) -> None:
    good = [
        ("b.csv", csv(2, "见〔2020〕21号")),
        ("b.xlsx", workbook(lambda _, sheet: sheet.write_comment("B2", "2020-08-05 会后补报"))),
        ("c.xlsx", workbook(lambda _, sheet: sheet.insert_textbox("G2", "填表说明：区划代码 130101001001"))),
    ]

    answers = [clerk("report", clerk.file(name, content), *REPORT["as_of"], *REPORT["by"]) for name, content in good]

    assert [answer.code for answer in answers] == [0, 0, 0]
