"""What may not enter and what may not be shown."""

from __future__ import annotations

import polars as pl
import pytest

from models.lawful import first_personal, is_personal_title


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        "440308199901101512",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "1101 0519 4912 3100 2X",
        "户主（11010519491231002X）已登记",
        "\t11010519491231002X ",
    ],
)
def test_an_id_number_is_found_however_it_is_written(text: str) -> None:
    assert first_personal(pl.Series(["冀人普办字〔2020〕21号", None, text])) == (2, "id_number")


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002",  # 17 digits
        "110105194912310021",  # the check digit is wrong
        "110105194913310022",  # there is no month 13
        "130102001001001",  # a district
        "130102001001",
        "1234567890123456789012345",
    ],
)
def test_other_long_numbers_are_no_id_numbers(text: str) -> None:
    assert first_personal(pl.Series([text])) is None


def test_an_id_number_that_a_spreadsheet_rounded_is_still_one() -> None:
    assert first_personal(pl.Series(["110105194912310000"])) == (0, "id_number")


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "138-1234-5678",
        "138 1234 5678",
        "+86 13812345678",
        "8613812345678",
        "2020-08-05 19912345678",
        "１３８１２３４５６７８",
    ],
)
def test_a_mobile_number_is_found_however_it_is_written(text: str) -> None:
    assert first_personal(pl.Series(["", text])) == (1, "mobile_number")


@pytest.mark.parametrize("text", ["12812345678", "138123456789", "1381234567", "0311-87654321", "138.12345678"])
def test_other_numbers_are_no_mobile_numbers(text: str) -> None:
    assert first_personal(pl.Series([text])) is None


def test_the_first_of_several_is_named() -> None:
    assert first_personal(pl.Series(["a", "13812345678", "11010519491231002X"])) == (1, "mobile_number")


@pytest.mark.parametrize(
    "title",
    [
        "姓名",
        "户主",
        "户主姓名",
        "身份证号",
        "公民身份号码",
        "手机",
        "联系电话",
        "联系方式",
        "出生日期",
        "家庭住址",
        "name",
        "Full Name",
        "ID number",
        "id_card",
        "idNumber",
        "phone",
        "Phone No.",
        "mobile",
        "tel",
        "telephone",
    ],
)
def test_titles_of_personal_columns_are_recognised(title: str) -> None:
    assert is_personal_title(title)


@pytest.mark.parametrize(
    "title", ["区划代码", "到位经费", "出生人口", "unit_name", "单位名称", "enumerators", "telling", "funds"]
)
def test_titles_of_figures_are_not_personal(title: str) -> None:
    assert not is_personal_title(title)
