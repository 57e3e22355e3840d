"""Numbers of the people counted: found however they are written, and nothing else taken for one."""

from __future__ import annotations

import polars as pl
import pytest

from models.lawful import first_personal
from models.personal import is_personal_title, is_reporters_title, kept_words, personal_in
from models.wording import Refusal

ID_NUMBERS = [
    "11010519491231002X",
    "11010519491231002x",
    "440308199901101512",
    "81000019940823002" + "1",  # 港澳居民居住证
    "１１０１０５１９４９１２３１００２Ｘ",
    "110105 19491231 002X",
    "110105-19491231-002X",
    "110105.19491231.002X",
    "110105/1949/1231/002X",
    "110105—19491231—002X",
    "110105\t19491231\t002X",
    "1101 0519 4912 3100 2X",
    "1\u200b10105\u200d19491231\ufeff002X",
    "户主（11010519491231002X）已登记",
    "李四11010519491231002X",
    "第一11010519491231002X二",
    "No.911010519491231002X3",
    "\t11010519491231002X ",
    "110105491231002",
    "110105 491231 002",
    "110105[19491231]002X",
    "110105、19491231、002Х",
    "110105@19491231#002×",
    "931156198801010018",  # 外国人永久居留身份证: 9, the province, the country, a day
    "身份证号：110105194912310021",  # said to be one, though its check digit is wrong
]
ROUNDED = [
    "110105194912310000",  # a spreadsheet keeps 15 digits
    "440308199901101504",  # a float keeps 53 bits
    "4.40308199901101512E+17",
    "4.403081999011015e17",
    "440308199901101512.0",
]
PHONES = [
    ("13812345678", "mobile_number"),
    ("138-1234-5678", "mobile_number"),
    ("138 1234 5678", "mobile_number"),
    ("138.1234.5678", "mobile_number"),
    ("138/1234/5678", "mobile_number"),
    ("138·1234·5678", "mobile_number"),
    ("138－1234－5678", "mobile_number"),
    ("138\u200b1234\u20605678", "mobile_number"),
    ("138\t1234\n5678", "mobile_number"),
    ("1 3 8 1 2 3 4 5 6 7 8", "mobile_number"),
    ("138 123 456 78", "mobile_number"),
    ("+86 13812345678", "mobile_number"),
    ("8613812345678", "mobile_number"),
    ("0086-138-1234-5678", "mobile_number"),
    ("013812345678", "mobile_number"),
    ("2020-08-05 19912345678", "mobile_number"),
    ("１３８１２３４５６７８", "mobile_number"),
    ("一三八一二三四五六七八", "mobile_number"),
    ("张三13812345678", "mobile_number"),
    ("13812345678一人", "mobile_number"),
    ("第三0311-87654321", "landline"),
    ("13812345678.0", "mobile_number"),
    ("1.3812345678E+10", "mobile_number"),
    ("0311-87654321", "landline"),
    ("（0311）87654321", "landline"),
    ("010 87654321", "landline"),
    ("+86 311 8765432", "landline"),
    ("电话：87654321", "landline"),
    ("固话 87654321", "landline"),
    ("联系电话是87654321", "landline"),
    ("Tel. 87654321", "landline"),
    ("phone no: 8765 4321", "landline"),
    ("138•1234•5678", "mobile_number"),
    ("138・1234・5678", "mobile_number"),
    ("138+1234+5678", "mobile_number"),
    ("138’1234’5678", "mobile_number"),
    ("138【1234】5678", "mobile_number"),
    ("138>1234<5678", "mobile_number"),
    ("138→1234→5678", "mobile_number"),
    ("1\u03323\u03328\u03321\u03322\u03323\u03324\u03325\u03326\u03327\u03328", "mobile_number"),
    ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "mobile_number"),
    ("①③⑧①②③④⑤⑥⑦⑧", "mobile_number"),
    ("❶❸❽❶❷❸❹❺❻❼❽", "mobile_number"),
    ("〡〣〨〡〢〣〤〥〦〧〨", "mobile_number"),
    ("壹參捌壹貳參肆伍陸柒捌", "mobile_number"),
    ("1.3812345678e+010", "mobile_number"),
    ("0013812345678", "mobile_number"),
    ("+852 9123 4567", "mobile_number"),
    ("00853-6612-3456", "mobile_number"),
    ("+886 912 345 678", "mobile_number"),
]
PAPERS = [
    ("H12345678", "permit"),
    ("M1234567801", "permit"),
    ("h 1234 5678", "permit"),
    ("台胞证12345678", "permit"),
    ("E12345678", "passport"),
    ("Ｇ１２３４５６７８", "passport"),
    ("EA1234567", "passport"),
    ("护照号码：123456789", "passport"),
    ("Passport No. 533380006", "passport"),
    ("CA1234567", "permit"),
    ("军官证：军字第1234567号", "permit"),
    ("驾驶证 110105123456", "permit"),
]
OTHERS = [
    "11010519491231002",  # 17 digits
    "110105194912310021",  # the check digit is wrong
    "110105194913310022",  # there is no month 13
    "130102001001001",  # a district
    "130102001001",
    "130102001001、130102001002",
    "130102001001-130102001009",
    "1234567890123456789012345",
    "12812345678",
    "138123456789",
    "1381234567",
    "138.12345678",
    "0.31187654321",
    "13,912,345,678",
    "13 912 345 678元",
    "1.2345E+11",
    "2020-11-05T17:00:00",
    "2020-11-05 08:30-17:30",
    "2020.11.05 2020.11.06",
    "冀人普办字〔2020〕21号",
    "P00000012",
    "N00000001",
    "G20201105",
    "20201105-1700",
    "咨询电话 12000000部",
    "居住证 12000000 人",
    "GB/T 2260-2007",
    "114.502461,38.045474",
    "应登记12345户，已登记12345户",
    "13%、81%、23%、45%、67%、8%",
    "二〇二〇年十一月一日至二〇二〇年十二月十日",
]


@pytest.mark.parametrize("text", [*ID_NUMBERS, *ROUNDED])
def test_an_id_number_is_found_however_it_is_written(text: str) -> None:
    assert first_personal(pl.Series(["冀人普办字〔2020〕21号", None, text])) == (2, "id_number")
    assert personal_in(text) == "id_number"


@pytest.mark.parametrize(("text", "kind"), [*PHONES, *PAPERS])
def test_phones_permits_and_passports_are_found_however_they_are_written(text: str, kind: str) -> None:
    assert first_personal(pl.Series(["", text])) == (1, kind)


@pytest.mark.parametrize("text", OTHERS)
def test_codes_dates_amounts_and_numbers_of_papers_are_nothing_of_a_person(text: str) -> None:
    assert first_personal(pl.Series([text])) is None
    assert personal_in(text) is None


@pytest.mark.parametrize(("text", "kind"), PHONES)
def test_where_phones_are_allowed_only_phones_are(text: str, kind: str) -> None:
    assert personal_in(text, phones=False) is None
    assert personal_in(f"{text}，11010519491231002X", phones=False) == "id_number"


def test_fifteen_digits_of_a_township_that_is_known_are_a_district() -> None:
    texts = pl.Series(["110105491231002"])
    assert first_personal(texts, townships=[110105492]) == (0, "id_number")
    assert first_personal(texts, townships=[110105491]) is None


def test_the_first_of_several_is_named() -> None:
    assert first_personal(pl.Series(["a", "13812345678", "11010519491231002X"])) == (1, "mobile_number")


def test_a_remark_is_kept_clean_and_one_that_tells_of_a_person_is_refused_without_its_words() -> None:
    assert kept_words(" 汛期\u200b封路\n顺延 ", "理由", "the reason") == "汛期封路 顺延"
    with pytest.raises(Refusal) as refused:
        kept_words("户主 138 1234 5678 不在家", "理由", "the reason")
    assert "手机号码" in refused.value.said.zh
    assert "1234" not in "".join(refused.value.said)


@pytest.mark.parametrize(
    "title",
    [
        "姓名",
        "*姓名",
        "户主",
        "户主姓名",
        "身份证号",
        "公民身份号码",
        "护照号码",
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


@pytest.mark.parametrize("title", ["填报人", "填报人 电话", "经办人手机", "单位负责人", "办公电话", "reporter's phone"])
def test_a_column_for_whoever_fills_in_the_table_is_no_respondents(title: str) -> None:
    assert is_reporters_title(title)
    assert not is_personal_title(title)


@pytest.mark.parametrize("title", ["联系电话", "户主电话", "单位", "单位名称", "普查员姓名"])
def test_a_column_that_may_be_anybodys_is_not_the_reporters(title: str) -> None:
    assert not is_reporters_title(title)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("摸底/650203530509006/1", None),
        ("应报未报：摸底/650203530509006/1（2020年10月31日前）、摸底/650203530509007/12", None),
        ("650203530509006", None),
        ("摸底/650204530509006/1", "id_number"),  # of a township that nobody knows
        ("650203530509006、650204530509006", "id_number"),
        ("摸底/650203530509006/1，13812345678", "mobile_number"),
        ("张三 650203530509006", "id_number"),  # born in May 1953, it may be
        ("身份证号：650203530509006", "id_number"),
        ("650203200101010011", "id_number"),
        ("650203200101010/011", "id_number"),  # one of 18 digits, cut in two
    ],
)
def test_the_code_of_a_known_district_is_none_of_a_persons_amid_other_words(text: str, found: str | None) -> None:
    townships = [650203530, 650203200]
    assert first_personal(pl.Series([text]), townships=townships) == (None if found is None else (0, found))
