"""A load says which offices left, and what has become nobody's."""

from __future__ import annotations

import polars as pl

from models.rules.loading.departed import departed, names_that_moved, told

BEFORE = pl.DataFrame(
    {
        "unit": ["14", "1401", "140106", "140106001", "140107"],
        "name": ["山西省", "太原市", "迎泽区", "柳巷街道", "杏花岭区"],
        "level": ["province", "city", "county", "township", "county"],
        "superior": [None, "14", "1401", "140106", "1401"],
    }
)


def after(**changes: tuple[str, str, str, str]) -> pl.DataFrame:
    kept = BEFORE.filter(~pl.col("unit").is_in(["140106", "140106001"]))
    return pl.concat([kept, pl.DataFrame(list(changes.values()), schema=BEFORE.schema, orient="row")])


def test_an_office_that_stays_is_told_of_by_nobody() -> None:
    assert departed(BEFORE, BEFORE, {"140106": 2}, {"140106": 1}) == []


def test_an_office_that_left_is_named_with_its_contacts_its_cases_and_those_below_it() -> None:
    now = after(town=("140106001", "柳巷街道", "township", "140107"))

    (one,) = departed(BEFORE, now, {"140106": 2, "140107": 1}, {"140106": 3})

    assert (one.unit, one.name, one.contacts, one.cases) == ("140106", "迎泽区", 2, 3)
    assert one.moved == ("140106001",)
    (said,) = told([one])
    assert said.zh == (
        "迎泽区（140106）已不在单位表中，其 2 名联系人已删除，其 3 件在办催办件下次巡查时撤销，办理记录可按原代码查看"
        "（pucha explain 140106），原属其下的 140106001 已改归其他上级"
    )


def test_a_new_office_of_the_same_name_and_level_may_be_the_old_one_under_another_code() -> None:
    now = after(county=("140108", "迎泽区", "county", "1401"), town=("140108001", "迎泽区", "township", "140108"))

    county, town = departed(BEFORE, now, {}, {})

    assert (county.renamed, town.renamed) == (("140108",), ())


def test_of_many_that_left_the_first_are_named_and_the_others_counted() -> None:
    many = pl.DataFrame(
        {
            "unit": [f"1401{number:02}" for number in range(1, 24)],
            "name": [f"第{number}区" for number in range(1, 24)],
            "level": ["county"] * 23,
            "superior": ["1401"] * 23,
        }
    )

    said = told(departed(many, many.clear(), {}, {}))

    assert len(said) == 21
    assert said[-1].zh == "另有 3 个单位已不在单位表中"


TOWNS = pl.DataFrame(
    [
        ("130205102", "甲镇", "130205"),
        ("130205104", "乙镇", "130205"),
        ("130205105", "丙镇", "130205"),
        ("130206105", "丙镇", "130206"),
    ],
    schema=dict.fromkeys(("unit", "name", "superior"), pl.String),
    orient="row",
)


def named(*names: str) -> pl.DataFrame:
    return TOWNS.with_columns(name=pl.Series(names))


def test_a_list_in_which_offices_swapped_their_codes_is_told_of() -> None:
    said = names_that_moved(TOWNS, named("乙镇", "甲镇", "丙镇", "丙镇"))

    assert said is not None
    assert said.zh.startswith(
        "2 个单位的名称换到了另一代码下：130205102 由甲镇变为乙镇，乙镇原为 130205104；130205104 由乙镇变为甲镇，甲镇原为 130205102。"
    )
    assert "请在单位表中让这些单位沿用原代码，重新装载" in said.zh


def test_codes_that_went_round_are_told_of_too_and_other_names_are_not() -> None:
    round_trip = names_that_moved(TOWNS, named("丙镇", "甲镇", "乙镇", "丙镇"))
    assert round_trip is not None and round_trip.en.startswith("the names of 3 offices stand at another code now")

    assert names_that_moved(TOWNS, TOWNS) is None
    assert names_that_moved(TOWNS, named("丁镇", "乙镇", "丙镇", "丙镇")) is None
    assert names_that_moved(TOWNS, named("甲镇", "乙镇", "丙镇", "乙镇")) is None
    # another office was merged away, and the one that stays took its name
    assert names_that_moved(TOWNS, named("乙镇", "乙镇", "丙镇", "丙镇").filter(pl.col("unit") != "130205104")) is None
