"""A load says which offices left, and what has become nobody's."""

from __future__ import annotations

import polars as pl

from models.rules.loading.departed import departed, told

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
