"""Units, further superiors and contacts as offices send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from models.rules.loading.unit_files import read_contacts, read_superiors, read_units
from models.wording import Refusal


def table(text: str) -> pl.DataFrame:
    """A file as the reader of tables gives it: text columns, empty cells null, row numbers as people count them."""
    header, *lines = text.strip().splitlines()
    names = header.split(",")
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 2):
        cells: list[str | None] = [cell or None for cell in line.split(",")]
        cells += [None] * (len(names) - len(cells))
        rows.append({"row": number, **dict(zip(names, cells, strict=True))})
    return pl.DataFrame(rows, schema={"row": pl.Int64, **dict.fromkeys(names, pl.String)})


def units(text: str) -> dict[str, str | None]:
    """Every office with its superior."""
    return dict(read_units(table(text), "units.csv").select("unit", "superior").iter_rows())


def refused(read: Callable[[], object]) -> list[str]:
    """The English sentences of a refusal."""
    with pytest.raises(Refusal) as refusal:
        read()
    assert len(refusal.value.said.zh.splitlines()) == len(refusal.value.said.en.splitlines())
    return refusal.value.said.en.splitlines()


OFFICES = read_units(table("code,name\n13,甲省\n1301,乙市\n130102,丙区\n130102001,丁街道\n"), "units.csv")


def test_offices_answer_to_the_one_above_by_their_codes() -> None:
    assert units("code,name\n13,甲省\n1301,乙市\n130102,丙区\n130102001,丁街道\n130102001001,戊居委会\n") == {
        "13": None,
        "1301": "13",
        "130102": "1301",
        "130102001": "130102",
        "130102001001": "130102001",
    }


def test_codes_padded_to_twelve_digits_mean_the_same_offices() -> None:
    assert units("code,name\n130000000000,甲省\n130100000000,乙市\n130102000000,丙区\n130102001000,丁街道\n") == {
        "13": None,
        "1301": "13",
        "130102": "1301",
        "130102001": "130102",
    }


def test_counties_under_a_container_answer_to_the_province() -> None:
    found = units("code,name\n11,北京市\n1101,市辖区\n110101,东城区\n110101001,东华门街道\n")

    assert found == {"11": None, "110101": "11", "110101001": "110101"}


def test_a_container_that_is_left_out_of_the_file_changes_nothing() -> None:
    assert units("code,name\n65,新疆\n659001,石河子市\n") == {"65": None, "659001": "65"}


def test_a_container_has_no_office_even_where_the_file_names_its_superior() -> None:
    found = units("code,name,superior\n50,重庆市,\n5001,市辖区,50\n500114,黔江区,5001\n")

    assert found == {"50": None, "500114": "50"}


def test_a_prefecture_without_counties_keeps_its_townships() -> None:
    assert units("code,name\n44,广东省\n4419,东莞市\n441900003,东城街道\n") == {
        "44": None,
        "4419": "44",
        "441900003": "4419",
    }


def test_a_prefecture_that_appears_as_one_county_keeps_both() -> None:
    short = units("code,name\n44,广东省\n4419,东莞市\n441900,东莞市\n441900003,东城街道\n")
    padded = units("code,name\n440000000000,广东省\n441900000000,东莞市\n441900000000,东莞市\n441900003000,东城街道\n")
    levelled = units(
        "code,name,level\n440000000000,广东省,省级\n441900000000,东莞市,county\n441900000000,东莞市,city\n"
    )

    assert short == padded == {"44": None, "4419": "44", "441900": "4419", "441900003": "441900"}
    assert levelled == {"44": None, "4419": "44", "441900": "4419"}


def test_a_superior_that_is_named_overrides_the_code() -> None:
    found = units("code,name,superior\n65,新疆,\n66,兵团,\n659001,石河子市,66\n659002,阿拉尔市,\n")

    assert found == {"65": None, "66": None, "659001": "66", "659002": "65"}


def test_a_superior_may_be_named_by_its_padded_code() -> None:
    assert units("code,name,superior\n13,甲省,\n139001,丙市,130000000000\n") == {"13": None, "139001": "13"}


def test_a_level_that_is_named_overrides_the_length_of_the_code() -> None:
    found = read_units(
        table("code,name,level,superior\n13,甲省,,\n139001,丙市,市级,13\n139002,丁市,county,13\n"), "units.csv"
    )

    assert dict(found.select("unit", "level").iter_rows()) == {"13": "province", "139001": "city", "139002": "county"}


def test_a_county_may_keep_a_file_of_its_own_without_anyone_above() -> None:
    assert units("code,name\n130102,丙区\n130102001,丁街道\n") == {"130102": None, "130102001": "130102"}


def test_several_offices_may_answer_to_nobody() -> None:
    assert units("code,name\n13,甲省\n14,乙省\n1401,丙市\n") == {"13": None, "14": None, "1401": "14"}


@pytest.mark.parametrize(
    "header",
    [
        "区划代码,名称",
        "代码,单位名称",
        "CODE,Name",
        " code ,name",
        "*区划代码（必填）,★名称",
        "统计用区划代码,行政区划名称*",
    ],
)
def test_headings_may_be_chinese(header: str) -> None:
    assert units(f"{header}\n13,甲省\n") == {"13": None}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,name\n13,甲省\n130102,丙区\n", "units.csv, row 3: the superior 1301 of 130102 is not in the file"),
        ("code,name\n13,甲省\n13,甲省\n", "units.csv, row 3: the code 13 stands twice; keep one row"),
        (
            "code,name\n13,甲省\n1301,乙市\n130102,丙区\n130100000000,乙市\n",
            "units.csv, row 5: the code 130100000000 stands twice",
        ),
        ("code,name\n13,甲省\n130000000000,另一个\n", "units.csv, row 3: the code 130000000000 stands twice"),
        ("code,name\n13,甲省\n1.30102E+5,丙区\n", "units.csv, row 3: “1.30102E+5” is no unit code"),
        ("code,name\n13,甲省\n13010,丙区\n", "units.csv, row 3: “13010” is no unit code"),
        ("code,name\n13,甲省\n130102001001001,小区\n", "units.csv, row 3: “130102001001001” is no unit code"),
        ("code,name\n13,甲省\n001,乙\n", "units.csv, row 3: “001” is no unit code"),
        ("code,name\n00,全国\n13,甲省\n", "units.csv, row 2: “00” is no unit code"),
        ("code,name\n13,甲省\n1301,\n", "units.csv, row 3: 1301 has no name"),
        ("code,name\n13,甲省\n,乙市\n", "units.csv, row 3: “” is no unit code"),
        ("code,name,level\n13,甲省,state\n", "units.csv, row 2: the level “state” must be one of province"),
        ("code,name,superior\n13,甲省,14\n", "units.csv, row 2: the superior 14 of 13 is not in the file"),
        ("code,name,superior\n13,甲省,13\n", "units.csv, row 2: the superior 13 of 13 is not in the file"),
    ],
)
def test_each_fault_names_the_row_and_the_cure(text: str, said: str) -> None:
    (sentence,) = refused(lambda: units(text))

    assert sentence.startswith(said)


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_its_rows() -> None:
    told = refused(lambda: units("code,name\n13,甲省\nx,乙\n1301,\n13,甲省\n"))

    assert [sentence.split(":")[0] for sentence in told] == ["units.csv, row 3", "units.csv, row 4", "units.csv, row 5"]


def test_of_very_many_faults_the_first_twenty_are_told_and_the_others_counted() -> None:
    told = refused(lambda: units("code,name\n" + "x,甲\n" * 50))

    assert len(told) == 21
    assert told[-1] == "and 30 more"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code\n13\n", "units.csv: the column name is missing"),
        ("kode,name\n13,甲省\n", "units.csv: unknown column “kode”"),
        ("code,代码,name\n13,13,甲省\n", "units.csv: the columns “code” and “代码” mean the same; keep one"),
        ("code,name\n", "units.csv holds no units"),
        ("code,name\n1101,市辖区\n", "units.csv holds no units"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_is_refused_whole(text: str, said: str) -> None:
    (sentence,) = refused(lambda: units(text))

    assert sentence.startswith(said)


def test_further_superiors_are_read_by_line() -> None:
    text = "code,superior,line\n130102,13,business\n130102000000,130000000000,政府\n130102001,1301,业务\n"

    assert read_superiors(table(text), "superiors.csv", OFFICES).rows == [
        {"code": "130102", "superior": "13", "line": "business"},
        {"code": "130102", "superior": "13", "line": "government"},
        {"code": "130102001", "superior": "1301", "line": "business"},
    ]


def test_the_same_further_superior_twice_is_one() -> None:
    text = "code,superior,line\n130102,13,business\n130102,13,业务\n"

    assert len(read_superiors(table(text), "superiors.csv", OFFICES).rows) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("130102,13,military", "superiors.csv, row 2: the line “military” must be business or government"),
        ("130102,13,", "superiors.csv, row 2: the line “” must be business or government"),
        ("130102,14,business", "superiors.csv, row 2: there is no unit 14"),
        ("130103,13,business", "superiors.csv, row 2: there is no unit 130103"),
        ("130102,130102,business", "superiors.csv, row 2: 130102 cannot be its own superior"),
        ("13,130102,business", "superiors.csv, row 2: 130102 answers to 13 and cannot be its superior too"),
    ],
)
def test_a_further_superior_that_cannot_be_is_told(row: str, said: str) -> None:
    (sentence,) = refused(lambda: read_superiors(table(f"code,superior,line\n{row}\n"), "superiors.csv", OFFICES))

    assert sentence.startswith(said)


def test_contacts_are_read_in_the_order_of_the_file() -> None:
    text = "unit,role,name,channel\n130102,owner,王,mailto://a\n130102000000,办公室主任,李,json://b\n13,head,,dingtalk://c\n"

    assert [
        (one["unit"], one["role"], one["name"], one["row"])
        for one in read_contacts(table(text), "contacts.csv", OFFICES).rows
    ] == [("130102", "owner", "王", 2), ("130102", "leader", "李", 3), ("13", "head", "", 4)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1.30102E+05,owner,王,json://host",
            "contacts.csv, row 2: the code 1.30102E+05 was turned into a power of ten",
        ),
        ("130102,boss,王,json://host", "contacts.csv, row 2: the role “boss” must be one of owner, leader, head"),
        ("130102,owner,王,", "contacts.csv, row 2: the channel is missing"),
        ("130199,owner,王,json://host", "contacts.csv, row 2: there is no unit 130199"),
    ],
)
def test_a_contact_that_cannot_be_reached_is_told_and_the_address_never_shown(row: str, said: str) -> None:
    text = f"unit,role,name,channel\n{row}\n"

    (sentence,) = refused(lambda: read_contacts(table(text), "contacts.csv", OFFICES))

    assert sentence.startswith(said)
    assert "host" not in sentence


@pytest.mark.parametrize("last", ["共计,3", "填表人：张三 电话：0311-87654321,", "注：不含乙区,", "2026年7月1日,"])
def test_what_stands_below_a_table_of_offices_is_no_row(last: str) -> None:
    assert units(f"code,name\n13,甲省\n{last}\n") == {"13": None}


def test_below_a_table_stands_no_id_number_either() -> None:
    with pytest.raises(Refusal, match="row 3: name holds an ID number"):
        units("code,name\n13,甲省\n填表人：张三,11010519491231002X\n")


def test_columns_for_whoever_reads_the_table_are_left_out_and_looked_through() -> None:
    text = "序号,单位代码,单位名称,角色,姓名,渠道,备注\n1,130102,丙区,经办人,王,mailto://a,{}\n"
    found = read_contacts(table(text.format("新任")), "contacts.csv", OFFICES)
    assert [(one["unit"], one["name"]) for one in found.rows] == [("130102", "王")]
    with pytest.raises(Refusal, match="row 2: 备注 holds a mobile number"):
        read_contacts(table(text.format("13812345678")), "contacts.csv", OFFICES)


@pytest.mark.parametrize(
    "code", ["'130102", '="130102"', "１３０１０２", "130102.0", "\u200b130102\u202c", "1301\u200b02"]
)
def test_a_code_is_read_as_it_is_in_reports(code: str) -> None:
    found = read_contacts(table(f"unit,role,channel\n{code},owner,mailto://a\n"), "contacts.csv", OFFICES)
    assert [one["unit"] for one in found.rows] == ["130102"]


@pytest.mark.parametrize("header", ["unit,role,channel", "单位名称,角色,渠道", "单位,角色,渠道"])
def test_an_office_may_be_called_by_its_name_and_is_told(header: str) -> None:
    found = read_contacts(table(f"{header}\n丙区,owner,mailto://a\n"), "contacts.csv", OFFICES)
    assert [one["unit"] for one in found.rows] == ["130102"]
    assert found.by_name == {"130102": "丙区"}


def test_a_name_that_means_no_office_or_several_is_refused_with_those_that_it_may_mean() -> None:
    offices = read_units(table("code,name\n13,甲省\n1301,乙市\n1302,乙市\n"), "units.csv")
    text = "unit,role,channel\n乙市,owner,mailto://a\n丁市,owner,mailto://a\n甲省,owner,mailto://a\n"
    told = refused(lambda: read_contacts(table(text), "contacts.csv", offices))
    assert told == [
        "contacts.csv, row 2: “乙市”: 2 units have this name (1301 甲省乙市；1302 甲省乙市); give the code",
        "contacts.csv, row 3: “丁市”: no unit has this name; give the code",
    ]


def test_a_superior_that_is_named_instead_of_its_code_is_told_with_the_code() -> None:
    (sentence,) = refused(lambda: units("code,name,superior\n13,甲省,\n1301,乙市,甲省\n"))
    assert sentence.endswith("(it takes a code; is it 13?)")


KINDS = "code,name,level,superior,kind\n14,甲省\n1401,乙市\n140105,丙区\n"


def kinds(text: str) -> dict[str, str | None]:
    """Every office with the kind that its list gives."""
    return dict(read_units(table(text), "units.csv").select("unit", "kind").iter_rows())


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("street", "street"),
        ("街道", "street"),
        ("街道办事处", "street"),
        ("镇", "town"),
        ("乡", "township"),
        ("其他", "other"),
        ("类似乡级单位", "other"),
        ("", None),
    ],
)
def test_a_list_may_say_of_what_kind_a_township_is(written: str, kind: str | None) -> None:
    assert kinds(f"{KINDS}140105400,开发区,,,{written}\n") == {
        "14": None,
        "1401": None,
        "140105": None,
        "140105400": kind,
    }


def test_a_list_that_says_no_kinds_is_read_as_ever() -> None:
    assert set(kinds("code,name\n14,甲省\n1401,乙市\n140105,丙区\n140105100,丁镇\n").values()) == {None}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("140105400,开发区,,,园区\n", "units.csv, row 5: the kind “园区” must be one of street, town, township, other"),
        ("140106,戊区,,,街道\n", "units.csv, row 5: 140106 is of county level, and only townships have a kind"),
        ("140105100,丁镇\n140105100001,己村,,,镇\n", "units.csv, row 6: 140105100001 is of village level"),
    ],
)
def test_a_kind_that_there_is_not_or_of_what_is_no_township_is_told_with_its_row(rows: str, said: str) -> None:
    (sentence,) = refused(lambda: kinds(KINDS + rows))

    assert sentence.startswith(said)
