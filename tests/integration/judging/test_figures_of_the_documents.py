"""The figures of money and staff of Shanxi, Hebei, Shihezi and Qianjiang come out of rows, as they are written there, in what
`pucha explain` says; Tengzhou's stand with its demonstration."""

from __future__ import annotations

import pytest
from worlds.documents import Told, told


@pytest.fixture(scope="module")
def shanxi(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told("shanxi", ["funds-county", "funds-funds"], tmp_path_factory.mktemp("shanxi"))


@pytest.fixture(scope="module")
def shihezi(tmp_path_factory: pytest.TempPathFactory) -> Told:
    parts = ["areas-areas", "district-register", "recruitment-staff", "training-attendance", "training-sessions"]
    parts += ["own-county", "own-broken-off"]
    return told("shihezi", parts, tmp_path_factory.mktemp("shihezi"))


@pytest.fixture(scope="module")
def hebei(tmp_path_factory: pytest.TempPathFactory) -> Told:
    parts = ["areas-areas", "district-register", "recruitment-staff", "own-province"]
    return told("hebei", parts, tmp_path_factory.mktemp("hebei"))


@pytest.fixture(scope="module")
def qianjiang(tmp_path_factory: pytest.TempPathFactory) -> Told:
    parts = ["areas-areas", "district-register", "recruitment-staff"]
    return told("qianjiang", parts, tmp_path_factory.mktemp("qianjiang"))


def test_shanxi_has_8_5_yuan_a_head_against_ten_and_against_8_7_in_the_nation(shanxi: Told) -> None:
    said = shanxi.of("preparation.ten-yuan-province")

    assert any("8.5" in one and "应不低于10" in one for one in said)
    assert any("8.7" in one and "低于全国平均" in one for one in said)


def test_shihezi_has_0_87_of_its_staff_a_district(shihezi: Told) -> None:
    assert "每个普查小区两员 0.87人/区" in shihezi.of("recruitment.one-each")


@pytest.mark.parametrize(("few", "need", "short"), [(5, 3_980, 1_080), (4, 4_145, 1_245)])
def test_shihezi_lacks_at_least_1_080_of_the_staff_that_it_needs(
    shihezi: Told, few: int, need: int, short: int
) -> None:
    said = shihezi.of(f"recruitment.staff-enough-{few}")

    assert f"两员缺口（每{few}个小区1名指导员） {short}" in said
    assert said[-1] == f"两员2900人，应不低于所需两员（每{few}个小区1名指导员）{need}人"


def test_shihezi_trained_its_staff_1_38_times_a_head(shihezi: Told) -> None:
    said = shihezi.of("training.instructors-first")

    assert "培训人次 4000" in said
    assert "人均参训次数 1.38次" in said


def test_the_staff_of_shihezi_stands_there_as_its_document_writes_it_and_where_that_breaks_off(shihezi: Told) -> None:
    assert "汇报所称两员 2900余（不少于2900）" in shihezi.of("recruitment.one-each")
    assert "原文至摸底部分中断" in shihezi.of("listing.results")


def test_nothing_that_offices_send_in_a_demonstration_is_doubted(shanxi: Told, shihezi: Told, qianjiang: Told) -> None:
    assert (shanxi.doubts, shihezi.doubts, qianjiang.doubts) == (0, 0, 0)


@pytest.mark.parametrize(("key", "few", "need"), [("staff-enough", 5, 424_800), ("staff-enough-4", 4, 442_500)])
def test_hebei_has_1_33_a_district_which_is_enough(hebei: Told, key: str, few: int, need: int) -> None:
    said = hebei.of(f"recruitment.{key}")

    assert said[-1] == ""  # nothing is wrong
    assert "两员 470000" in said
    assert f"所需两员（每{few}个小区1名指导员） {need}" in said


def test_the_staff_of_hebei_a_district_and_as_its_document_writes_it(hebei: Told) -> None:
    said = hebei.of("recruitment.staff-enough")

    assert "每个普查小区两员 1.33人/区" in said
    assert any(one.startswith("会上所称两员 近47万") for one in said)


def test_35_percent_of_qianjiang_s_staff_are_cadres(qianjiang: Told) -> None:
    assert "机关干部占两员比例 35%" in qianjiang.of("recruitment.staff-enough")


@pytest.mark.parametrize(("key", "need"), [("staff-enough", 3_363), ("staff-enough-4", 3_503)])
def test_qianjiang_has_1_26_a_district_which_is_enough(qianjiang: Told, key: str, need: int) -> None:
    said = qianjiang.of(f"recruitment.{key}")

    assert said[-1] == ""
    assert "两员 3540" in said
    assert any(one.endswith(f" {need}") for one in said)
    assert key != "staff-enough" or "每个普查小区两员 1.26人/区" in said


def test_what_is_asked_about_one_office_is_answered_as_when_all_is_judged(shihezi: Told) -> None:
    """Regiments answer to it under codes of their own; a question about one office reads the rows of its part alone."""
    everywhere = shihezi.duties_of(None)
    townships = sorted({unit for unit, *_ in everywhere if len(str(unit)) == 9})

    assert len(townships) == 20
    assert shihezi.duties_of("659001") == [one for one in everywhere if len(str(one[0])) > 2]
    for township in (townships[0], townships[-1]):
        assert shihezi.duties_of(township) == [one for one in everywhere if str(one[0]).startswith(township)]
