"""Names of units where a code is asked for."""

from __future__ import annotations

import polars as pl
import pytest

from models.unit_names import UnitNames, common_area, several, unknown

UNITS = [
    ("13", "河北省", "province", None),
    ("1301", "石家庄市", "city", "13"),
    ("130105", "新华区", "county", "1301"),
    ("130105001", "新华街道", "township", "130105"),
    ("1309", "沧州市", "city", "13"),
    ("130902", "新华区", "county", "1309"),
    ("130902001", "建设北街街道", "township", "130902"),
    ("1310", "长安市", "city", "13"),
    ("131003", "长安", "county", "1310"),
    ("131003001", "长安", "township", "131003"),
]


@pytest.fixture(scope="module")
def names() -> UnitNames:
    return UnitNames.of(pl.DataFrame(UNITS, schema=["unit", "name", "level", "superior"], orient="row"))


def codes(found: object) -> list[str]:
    return [one.code for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "建设北街街道",
        " 建设 北街街道",
        "新华区建设北街街道",
        "沧州市新华区建设北街街道",
        "河北省沧州市新华区建设北街街道",
    ],
)
def test_a_unit_is_known_by_its_name_alone_or_behind_those_of_its_superiors(names: UnitNames, text: str) -> None:
    assert codes(names.meant(text)) == ["130902001"]


@pytest.mark.parametrize(
    "text", ["新华区（130902）", "130902 新华区", "130902新华区", "130902000000—新华区", "新华区-130902"]
)
def test_a_code_beside_the_name_tells_which_of_several_is_meant(names: UnitNames, text: str) -> None:
    assert codes(names.meant(text.replace("—", "-"))) == ["130902"]


@pytest.mark.parametrize("text", ["新华区（130999）", "建设区", "", "130902", "新华"])
def test_what_fits_no_unit_means_none(names: UnitNames, text: str) -> None:
    assert names.meant(text) == ()


def test_two_units_of_one_name_are_told_apart_by_the_area_of_whoever_names_them(names: UnitNames) -> None:
    assert codes(names.meant("新华区")) == ["130105", "130902"]
    assert codes(names.meant("新华区", areas=["1309"])) == ["130902"]
    assert codes(names.meant("新华区", areas=["1310", "", "1301"])) == ["130105"]
    assert codes(names.meant("新华区", areas=["1310"])) == ["130105", "130902"]


def test_a_unit_and_the_one_below_it_of_one_name_are_told_apart_by_the_level_that_reports(names: UnitNames) -> None:
    assert codes(names.meant("长安", ["township"])) == ["131003001"]
    assert codes(names.meant("长安", ["county", "city"])) == ["131003"]
    assert codes(names.meant("长安", ["village"])) == ["131003", "131003001"]


@pytest.mark.parametrize(
    ("author", "area"),
    [("沧州市普查办", "1309"), ("石家庄市新华区统计局", "130105"), ("新华区普查办", ""), ("普查办", ""), ("河北", "")],
)
def test_whoever_reports_in_the_name_of_an_office_reports_for_its_area(
    names: UnitNames, author: str, area: str
) -> None:
    assert names.area_of(author) == area


@pytest.mark.parametrize(
    ("listed", "area"),
    [
        (["130902001", "130902002"], "130902"),
        (["130902001"], "130902"),
        (["130902", "130105"], "13"),
        (["130902", "130902001"], "1309"),
        (["13", "1309"], ""),
        (["13", "99"], ""),
        ([], ""),
    ],
)
def test_the_area_of_a_file_is_that_of_the_smallest_office_above_all_its_units(listed: list[str], area: str) -> None:
    assert common_area(listed) == area


def test_a_name_of_several_units_is_refused_with_all_that_it_may_mean(names: UnitNames) -> None:
    said = several(names.meant("新华区"))
    assert said.zh == "同名单位有 2 个（130105 石家庄市新华区；130902 沧州市新华区），请填写区划代码"
    assert "130902 沧州市新华区); give the code" in said.en


def test_a_name_that_no_unit_has_is_refused_with_those_that_it_may_be_short_for(names: UnitNames) -> None:
    assert "是否为 130105001 新华区新华街道？" in unknown(names.near("新华街")).zh
    assert unknown(names.near("新")).zh == "单位名录中没有这个名称，请填写区划代码"
    assert unknown(names.near("火星区")).en == "no unit has this name; give the code"
