"""Changes of divisions as offices list them: what becomes of the units, and what is refused."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from models.former_codes import FormerCodes
from models.rules.loading.unit_changes import UnitChanges, read_changes
from models.rules.loading.unit_files import read_units
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


UNITS = read_units(
    table(
        """code,name
13,甲省
1301,乙市
1302,丁市
130131,平山县
130131100,平山镇
130131100001,冶河村
130131200,小觉乡
130102,长安区
130102001,建北街道
130102002,青园街道
130203,古冶区
130203001,林西街道
"""
    ),
    "units.csv",
)


def changes(text: str, units: pl.DataFrame = UNITS, former: FormerCodes | None = None) -> UnitChanges:
    return read_changes(table("old,new,name,superior\n" + text), "changes.csv", units, former or FormerCodes())


def pairs(found: UnitChanges) -> list[tuple[str, str, int, int]]:
    return list(found.pairs.iter_rows())


def unit(found: UnitChanges, code: str) -> tuple[str, str, str]:
    """name, level, superior of a unit afterwards."""
    return found.units.filter(pl.col("unit") == code).select("name", "level", "superior").row(0)


def refused(text: str, units: pl.DataFrame = UNITS, former: FormerCodes | None = None) -> str:
    with pytest.raises(Refusal) as refusal:
        changes(text, units, former)
    assert len(refusal.value.said.zh.splitlines()) == len(refusal.value.said.en.splitlines())
    return refusal.value.said.en


def test_a_township_with_another_code_takes_its_villages_along() -> None:
    found = changes("130131100,130131101")

    assert pairs(found) == [("130131100", "130131101", 1, 1), ("130131100001", "130131101001", 1, 1)]
    assert unit(found, "130131101") == ("平山镇", "township", "130131")
    assert unit(found, "130131101001") == ("冶河村", "village", "130131101")
    assert "130131100" not in found.units["unit"]


def test_a_county_that_becomes_a_district_takes_all_below_it_but_what_is_listed_itself() -> None:
    found = changes("130131,130111,平山区\n130131200,130111105,小觉镇")

    assert unit(found, "130111") == ("平山区", "county", "1301")
    assert unit(found, "130111105") == ("小觉镇", "township", "130111")
    assert [pair[:2] for pair in pairs(found)] == [
        ("130131", "130111"),
        ("130131100", "130111100"),
        ("130131100001", "130111100001"),
        ("130131200", "130111105"),
    ]


def test_an_office_that_moves_to_another_county_answers_to_it() -> None:
    assert unit(changes("130131200,130102003"), "130102003") == ("小觉乡", "township", "130102")


def test_a_superior_that_the_list_names_goes_before_the_digits() -> None:
    assert unit(changes("130131200,130102003,,130131"), "130102003") == ("小觉乡", "township", "130131")


def test_an_office_that_answers_by_word_keeps_its_superior_under_the_new_codes() -> None:
    by_word = UNITS.with_columns(
        superior=pl.when(pl.col("unit") == "130203001").then(pl.lit("130131")).otherwise("superior")
    )

    found = changes("130131,130111", by_word)

    assert unit(found, "130203001") == ("林西街道", "township", "130111")


def test_several_old_codes_with_one_new_code_are_a_merger_and_need_its_name() -> None:
    found = changes("130102001,130102009,长青街道\n130102002,130102009")

    assert pairs(found) == [("130102001", "130102009", 1, 2), ("130102002", "130102009", 1, 2)]
    assert unit(found, "130102009") == ("长青街道", "township", "130102")
    assert "say its name in the column name" in refused("130102001,130102009\n130102002,130102009")


def test_a_merger_into_an_office_that_stays_says_so_and_keeps_its_name() -> None:
    found = changes("130102001,130102002\n130102002,130102002")

    assert pairs(found) == [("130102001", "130102002", 1, 2), ("130102002", "130102002", 1, 2)]
    assert unit(found, "130102002") == ("青园街道", "township", "130102")
    assert "add the row 130102002,130102002" in refused("130102001,130102002")


def test_one_old_code_with_several_new_ones_is_a_split_whose_parts_have_names() -> None:
    found = changes("130102001,130102001\n130102001,130102009,建南街道")

    assert pairs(found) == [("130102001", "130102001", 2, 1), ("130102001", "130102009", 2, 1)]
    assert unit(found, "130102009") == ("建南街道", "township", "130102")
    assert "say its name" in refused("130102001,130102001\n130102001,130102009")


def test_what_lies_below_a_split_office_is_listed_one_by_one_unless_that_keeps_its_code() -> None:
    said = refused("130131100,130131101,平山街道\n130131100,130131102,冶河镇")
    assert "130131100 is split, and nothing says where the 1 offices below it go (130131100001)" in said

    found = changes("130131100,130131101,平山街道\n130131100,130131102,冶河镇\n130131100001,130131102001")
    assert unit(found, "130131102001") == ("冶河村", "village", "130131102")
    kept = changes("130131100,130131100\n130131100,130131102,冶河镇")
    assert unit(kept, "130131100001") == ("冶河村", "village", "130131100")


def test_an_office_that_keeps_its_code_may_be_renamed() -> None:
    found = changes("130131200,130131200,小觉镇")

    assert pairs(found) == []
    assert found.renamed == (("130131200", "小觉乡", "小觉镇"),)
    assert found.something


def test_an_office_that_stays_what_it_is_changes_nothing() -> None:
    assert not changes("130131200,130131200,小觉乡").something


def test_codes_that_no_office_has_are_told_and_nothing_is_done_for_them() -> None:
    found = changes("130199001,130199002\n130131200,130131201")

    assert found.unknown == ("130199001",)
    assert pairs(found) == [("130131200", "130131201", 1, 1)]


def test_a_list_that_was_carried_out_changes_nothing_the_second_time() -> None:
    first = changes("130131200,130131201\n130102001,130102002\n130102002,130102002")
    former = FormerCodes.of((7, old, new) for old, new, _, _ in pairs(first))

    second = changes("130131200,130131201\n130102001,130102002\n130102002,130102002", first.units, former)

    assert not second.something
    assert second.unknown == ()


def test_an_old_code_that_went_elsewhere_before_is_refused_with_what_it_is_now() -> None:
    first = changes("130131200,130131201")
    former = FormerCodes.of([(7, "130131200", "130131201")])

    assert "row 2: 130131200 became 130131201 before" in refused("130131200,130131202", first.units, former)


def test_a_new_code_that_was_another_offices_is_refused_and_its_own_is_not() -> None:
    first = changes("130131200,130131201")
    former = FormerCodes.of([(7, "130131200", "130131201")])

    assert "was another office's" in refused("130102001,130131200", first.units, former)
    assert pairs(changes("130131201,130131200", first.units, former)) == [("130131201", "130131200", 1, 1)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("130102001,130102002\n130102002,130102001", "130102002 itself becomes 130102001 here"),
        ("130102001,130102002\n130102002,130102003", "130102002 itself becomes 130102003 here"),
        ("130102001,130103", "130102001 is a code of a township and 130103 one of a county"),
        ("130102001,130299001", "the new superior 130299 of 130299001 is not among the units"),
        ("130102001,130102009\n130102001,130102009", "130102001 becoming 130102009 stands twice"),
        ("130102001,", "the new code “” is no unit code"),
        ("1301020,130102009", "the old code “1301020” is no unit code"),
        ("130102001,130102009,甲街道\n130102002,130102009,乙街道", "130102009 has several names: 乙街道, 甲街道"),
        ("130102001,130102009,,130999", "the superior 130999 of 130102009 must be one office"),
        (
            "130203,130102\n130102,130102",
            "130203001 would become 130102001 with the office above, which is that of an office already",
        ),
        ("130102,130202\n130203,130202,路北区", "would all become 130202001 with the office above"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_row(rows: str, said: str) -> None:
    found = refused(rows)

    assert said in found
    assert "changes.csv, row" in found


def test_a_new_code_is_read_at_the_level_of_the_old_one_however_it_is_padded() -> None:
    assert pairs(changes("130131200000,130131201000")) == [("130131200", "130131201", 1, 1)]


def test_the_columns_may_have_their_chinese_names() -> None:
    listed = table("旧代码,旧名称,新代码,名称\n130131200,小觉乡,130131201,小觉镇")

    found = read_changes(listed, "变更.csv", UNITS, FormerCodes())

    assert unit(found, "130131201") == ("小觉镇", "township", "130131")


OF_KIND = read_units(
    table(
        """code,name,level,superior,kind
13,甲省
1301,乙市
130131,平山县
130131100,平山镇,,,street
130131101,东回舍镇,,,street
130131200,小觉乡,,,town
130131201,营里乡
"""
    ),
    "units.csv",
)


@pytest.mark.parametrize(
    ("listed", "code", "kind"),
    [
        ("130131100,130131102", "130131102", "street"),
        ("130131100,130131001", "130131001", None),
        ("130131100,130131001,,,镇", "130131001", "town"),
        ("130131201,130131201,,,街道", "130131201", "street"),
        ("130131100,130131102,合一\n130131101,130131102,合一", "130131102", "street"),
        ("130131100,130131103,合二\n130131201,130131103,合二", "130131103", None),
        ("130131200,130131200\n130131100,130131200", "130131200", "town"),
        ("130131100,130131300", "130131200", "town"),
    ],
)
def test_what_a_list_said_of_the_kind_goes_along_while_the_digits_say_the_same(
    listed: str, code: str, kind: str | None
) -> None:
    found = read_changes(table(f"old,new,name,superior,kind\n{listed}"), "changes.csv", OF_KIND, FormerCodes())

    assert found.units.filter(pl.col("unit") == code)["kind"].to_list() == [kind]


def test_an_office_that_only_answers_to_another_or_is_of_another_kind_is_something_new_too() -> None:
    of_kind = read_changes(table("old,new,kind\n130131201,130131201,街道"), "changes.csv", OF_KIND, FormerCodes())
    superior = changes("130131200,130131200,,130102")
    nothing = changes("130131200,130131200")

    assert (of_kind.something, of_kind.placed) == (True, ("130131201",))
    assert (superior.something, superior.placed, unit(superior, "130131200")[2]) == (True, ("130131200",), "130102")
    assert not nothing.something


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (
            "130131100,130131102,合一,,镇\n130131101,130131102,合一,,乡",
            "row 3: 130131102 has several kinds: town, township",
        ),
        ("130131,130132,,,镇", "row 2: 130132 is of county level, and only townships have a kind"),
    ],
)
def test_kinds_that_contradict_each_other_or_are_of_no_township_are_refused(listed: str, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_changes(table(f"old,new,name,superior,kind\n{listed}"), "changes.csv", OF_KIND, FormerCodes())

    assert f"changes.csv, {said}" in refusal.value.said.en
