"""Respondents' data (普查对象的个人信息) in a text: numbers that stand for a person, however they are written.

Before anything is compared a text is folded: NFKC, marks and what nobody sees taken out, numerals of every kind as
digits, and groups of digits joined over blanks and signs. What a machine cannot see: a name, an address, a bank card, a
permit of eight bare digits, letters in place of digits, a number that is spelled in words or split over cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from models.text import ANY_BLANK, UNSEEN, one_line
from models.wording import Refusal, Said

Personal = Literal["id_number", "mobile_number", "landline", "permit", "passport"]
PERSONAL: dict[Personal, Said] = {
    "id_number": Said("公民身份号码", "an ID number"),
    "mobile_number": Said("手机号码", "a mobile number"),
    "landline": Said("固定电话号码", "a phone number"),
    "permit": Said("通行证、居住证等证件号码", "the number of a permit"),
    "passport": Said("护照号码", "the number of a passport"),
}
PHONES: frozenset[Personal] = frozenset({"mobile_number", "landline"})

FEWEST_DIGITS = 7
"""A text with fewer holds no number of a person."""
BETWEEN = r"(?:[^\w%‰°$¥€£]|_)"
"""A sign that may stand between the digits of one number, after folding; one that says what is counted may not."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_FOREIGNERS = frozenset(["91", "92", "93", "94", "95", "96", "97", "98"])
"""9 and the first digit of the province that issued it: 外国人永久居留身份证."""
_PROVINCES = _FOREIGNERS | frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_IN_A_KEY = re.compile("(?<![0-9A-Za-z])(?:(?<=/)[0-9]{15}|[0-9]{15}(?=/))(?![0-9A-Za-z])")
"""Fifteen digits that are a part of a row's key; those beside a name may be a person's."""
_FIRST_BORN = 21
"""Of the years of 15-digit numbers; earlier ones read like the code of a street's district (…001 001 001)."""

NUMERALS = "〇零一幺壹二两兩贰貳三叁參四肆五伍六陆陸七柒八捌九玖"
_NUMERALS = str.maketrans(NUMERALS, "00111222223334455666778899")
_unseen = re.compile(UNSEEN)
_blank = re.compile(f"{ANY_BLANK}+")
_GROUP = re.compile(r"[0-9]+")
_CHAIN = re.compile(rf"[0-9](?:{BETWEEN}{{0,3}}[0-9])*")
_CHECK_X = re.compile(rf"{BETWEEN}{{0,3}}[xXхХχΧ×](?![A-Za-z])")
_GAP = "G"
"""In place of what is no number of a person: nothing is joined over a letter."""
_DATE_OR_TIME = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}[-./](?:1[0-2]|0?[1-9])[-./](?:3[01]|[12][0-9]|0?[1-9])(?![0-9])"
    r"|(?<![0-9])(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9])?(?![0-9])"
)
_DECIMAL = re.compile(r"(?<![0-9.])(?:0|[1-9][0-9]*)\.[0-9]+(?![0-9.])")
_THOUSANDS = re.compile(r"(?<![0-9])[1-9][0-9]{0,2}(?:([, '])[0-9]{3})(?:\1[0-9]{3})+(?![ ,']?[0-9])")
_POWER = re.compile(r"(?<![0-9.])([0-9]+(?:\.[0-9]+)?)[eE]\+?([0-9]{1,3})(?![0-9])")
_MOBILE = re.compile(r"(?:(?:00)?86|0{0,2})1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:(?:00)?860?|0)(?:10[2-8][0-9]{7}|2[0-57-9][2-8][0-9]{7}|[3-9][1-9][0-9][2-8][0-9]{6,7})")
_ANYWHERE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_LETTERED = re.compile(r"(?<![A-Z0-9])(?<![A-Z]/)([A-Z]{1,3})([0-9]{7,12})(?![A-Z0-9])")
_PASSPORT = re.compile(r"[EGDS][0-9]{8}|P[1-9][0-9]{7}|[EDSP][A-Z][0-9]{7}")
_PERMIT = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?|[CWTL][0-9]{8}|C[A-Z][0-9]{7}|[A-Z]{3}[0-9]{12}")
_PERMITS = "通行证|台胞证|居住证"
_CARDS = "军官证|士兵证|军人证|文职干部证|警官证|驾驶证|出生医学证明|出生证"
_CALLED = "电话|手机|座机|固话|联系方式"
_CALLED_EN = "telephone|tel|phone|mobile"
ANNOUNCING = f"护照|passport|{_PERMITS}|{_CARDS}|{_CALLED}|{_CALLED_EN}"
"""Words before a number that is told from others by them alone."""
_NO_COUNT = "(?! ?[0-9部台个条次户元万人件张份本])"
_ANNOUNCED: dict[Personal, re.Pattern[str]] = {
    "id_number": re.compile(r"(?:身份证|公民身份)[^0-9]{0,8}(?:[0-9]{15}|[0-9]{17}[0-9Xx])(?![0-9])"),
    "passport": re.compile(r"(?:护照|passport)[^0-9]{0,12}[0-9]{7,9}(?![0-9])", re.IGNORECASE),
    "permit": re.compile(
        rf"(?:{_PERMITS})[^0-9]{{0,8}}[0-9]{{8,10}}{_NO_COUNT}|(?:{_CARDS})[^0-9]{{0,8}}[0-9]{{7,12}}{_NO_COUNT}"
    ),
    "mobile_number": re.compile(r"(?:\+|(?<![0-9])00) ?(?:852 ?[4-9][0-9]{7}|853 ?6[0-9]{7}|886 ?9[0-9]{8})(?![0-9])"),
    "landline": re.compile(
        rf"(?:(?:{_CALLED})(?:号码?)?是?|(?<![a-z])(?:{_CALLED_EN})(?![a-z])\.?(?: ?no\.?)?)[ :]{{0,2}}[0-9]{{7,13}}{_NO_COUNT}",
        re.IGNORECASE,
    ),
}
"""What a word, or the code of a place, before bare digits says that they are."""

_PERSONAL_TITLES = re.compile(
    "姓名|名字|曾用名|身份证|公民身份|证件号|护照|通行证|台胞证|手机|电话|联系方式|微信号|出生日期|出生年月|家庭住址|家庭成员|^户主$|^住址$"
)
_REPORTERS_EN = re.compile(r"(?:reporter|reportedby|preparedby|filledinby|clerk)s?(?:name|phone|mobile|tel|telephone)?")
_REPORTERS = re.compile(
    "(?:填报|填表|制表|报送|上报|经办|审核|复核|单位|办公|办公室|统计)(?:单位|机构)?(?:人|人员|负责人|联系人)?"
    "(?:的)?(?:姓名|签名|签字|电话|手机|手机号|手机号码|电话号码|联系电话|办公电话|联系方式)?"
)
_SIGNED_BY = re.compile(
    "(?:填报|填表|制表|报送|上报|经办|审核|复核|单位负责|统计负责|联系)(?:单位)?(?:人|人员)?(?:签名|签字|签章|日期|时间)?[::]"
)
_PERSONAL_WORDS = frozenset(
    [
        "phone",
        "phones",
        "mobile",
        "cellphone",
        "cell",
        "telephone",
        "tel",
        "idcard",
        "idnumber",
        "idno",
        "birthday",
        "birthdate",
        "householder",
        "surname",
        "wechat",
        "passport",
    ]
)
_PERSONAL_PHRASES = frozenset(
    [
        "name",
        "fullname",
        "firstname",
        "lastname",
        "personname",
        "idnumber",
        "idcard",
        "idno",
        "identitynumber",
        "identitycard",
        "nationalid",
        "phonenumber",
        "mobilephone",
        "mobilenumber",
        "dateofbirth",
        "homeaddress",
        "householdhead",
    ]
)


class RespondentsData(Refusal):
    """Something that tells of a person who is counted; nothing of it is stored, printed or kept aside."""


def is_personal_title(title: str) -> bool:
    """True for a column title that announces names, ID numbers or phones of people."""
    plain = _folded(title).strip()
    if is_reporters_title(title):
        return False
    if _PERSONAL_TITLES.search(plain.replace(" ", "")):
        return True
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", plain).lower())
    return "".join(words) in _PERSONAL_PHRASES or not _PERSONAL_WORDS.isdisjoint(words)


_PERSONS_OF_OFFICES = re.compile(
    "地址|住址|门牌|(?:负责|责任|联系|经办|承办|填报|报送|审核|复核|主持|签收|接收|当事|申请|申报|反映|举报|受访|被访|陪同)人$"
)
_COUNTS = ("数", "量", "率", "次")
"""At the end of a title: it counts what it names (门牌核对数)."""
_PERSONS_OF_OFFICES_EN = re.compile(
    "address(?!ee)|(?:^|_)(?:person|persons|staff|enumerators?|instructors?|owner|leader|head|chair|contact|speaker|official|cadre"
    "|respondent|resident|householder|officer|reporter|clerk|full|first|last|given|family)_?names?(?:_|$)|(?:^|_)names?_of_(?!the_)?(?:person|staff)"
)


def asks_for_person(name: str, title: str) -> bool:
    """True for a column of a list whose id or title asks for the name, number, phone or address of any person, of staff too."""
    plain = re.sub(r"\s", "", _folded(title))
    if (_PERSONS_OF_OFFICES.search(plain) and not plain.endswith(_COUNTS)) or _PERSONS_OF_OFFICES_EN.search(
        f"{name} {plain}".lower().replace(" ", "_")
    ):
        return True
    return any(is_personal_title(one) or is_reporters_title(one) for one in (title, name, name.replace("_", " ")))


def is_reporters_title(title: str) -> bool:
    """True for a column for whoever fills in the table (填报人, 填报人电话, 单位联系电话): of the office's own staff."""
    plain = re.sub(r"[\s*:()'_.-]", "", _folded(title)).lower()
    if _REPORTERS_EN.fullmatch(plain):
        return True
    return re.search("人|电话|手机|姓名|签|方式", plain) is not None and _REPORTERS.fullmatch(plain) is not None


def is_signed(text: str) -> bool:
    """True for the cell with which a table is signed: 填报人：张三　电话：…"""
    return _SIGNED_BY.match(re.sub(r"\s", "", _folded(text))) is not None


def personal_in(text: str, *, phones: bool = True) -> Personal | None:
    """What number of a person stands in `text`; None if none does.

    phones: False where a phone is the reporter's own. An ID number (GB 11643) has 18 digits of a province, a date and
    the right check digit, or lost its last digits as a number of a spreadsheet does; or 15 of a province and a date.
    """
    readings = dict.fromkeys((_folded(text), _folded(text, numerals=False)))
    return next((found for folded in readings if (found := _found(folded, phones)) is not None), None)


def _found(folded: str, phones: bool) -> Personal | None:
    if sum(map(str.isdecimal, folded)) < FEWEST_DIGITS:
        return None
    if any(_is_id_number(number, is_whole) for number, is_whole in _long_numbers(folded)):
        return "id_number"
    undated = _DATE_OR_TIME.sub(_GAP, _DECIMAL.sub(_whole_or_gap, _THOUSANDS.sub(_GAP, _spelled_out(folded))))
    joined = set(_joined(undated))
    if any(len(number) == 15 and _is_old_id_number(number) for number in joined):
        return "id_number"
    if phones and any(_MOBILE.fullmatch(number) for number in joined):
        return "mobile_number"
    if phones and any(_LANDLINE.fullmatch(number) for number in joined):
        return "landline"
    tight = re.sub(rf"(?<=[A-Za-z0-9]){BETWEEN}{{1,3}}(?=[0-9])", "", folded)
    return _lettered(folded) or _lettered(tight) or _announced(tight, phones)


def _lettered(text: str) -> Personal | None:
    """The permit or passport in a text; a letter before a date is neither."""
    for found in _LETTERED.finditer(text.upper()):
        if _is_day(found[2][:8]):
            continue
        if _PERMIT.fullmatch(found[0]):
            return "permit"
        if _PASSPORT.fullmatch(found[0]):
            return "passport"
    return None


def _announced(text: str, phones: bool) -> Personal | None:
    """What a word before bare digits says that they are."""
    kinds = (kind for kind, shape in _ANNOUNCED.items() if shape.search(text))
    return next((kind for kind in kinds if phones or kind not in PHONES), None)


def district_like(text: str) -> str | None:
    """The 15 digits of a text that is nothing else: a district's code, or an ID number of old."""
    digits = re.sub(rf"{BETWEEN}", "", _folded(text))
    return digits if re.fullmatch("[0-9]{15}", digits) else None


def without_districts(text: str, townships: Collection[int]) -> str | None:
    """The text without the codes of districts of some townships, each of which is a part of a row's key: 摸底/130123100001001/1.

    None where there are none, or where their digits are part of an ID number of 18.
    """
    codes = [code for code in re.findall(_IN_A_KEY, text) if int(code[:9]) in townships]
    long = any(_is_id_number(number, is_whole) for number, is_whole in _long_numbers(_folded(text)))
    if not codes or long:
        return None
    return re.sub(_IN_A_KEY, lambda found: "区" if found[0] in codes else found[0], text)


def kept_words(text: str, zh: str, en: str) -> str:
    """A name or remark that an option or a form brings, cleaned. Refusal, without the text, where it tells of a person.

    zh, en: what it is, for the sentence.
    """
    found = personal_in(text)
    if found is not None:
        said = PERSONAL[found]
        raise RespondentsData(
            f"{zh}含有{said.zh}：普查对象的个人信息一律不得录入，请删去后重来；未作任何更改",
            f"{en} holds {said.en}: respondents' data must not be entered. Take it out; nothing was changed",
        )
    return one_line(text)


def _folded(text: str, *, numerals: bool = True) -> str:
    """The text as numbers in it are compared: NFKC, nothing unseen, one blank for many, every digit 0 to 9.

    numerals: False leaves Chinese numerals what else they may be: of 张三13812345678 the 三 is no digit.
    """
    if text.isascii():
        return _blank.sub(" ", _unseen.sub("", text))
    plain = _unseen.sub("", unicodedata.normalize("NFKC", text))
    if numerals:
        plain = plain.translate(_NUMERALS)
    plain = "".join(map(_digit_or_sign, plain))
    return _blank.sub(" ", plain.replace("。", ".").replace("、", ","))


def _digit_or_sign(sign: str) -> str:
    """A digit of any script, in a circle too or of merchants' numerals (〡〢〣), as 0 to 9; nothing for a mark on one."""
    category = unicodedata.category(sign)
    if category in ("Nd", "No", "Nl"):
        value = unicodedata.numeric(sign, -1)
        return str(int(value)) if 0 <= value <= 9 and value == int(value) else sign
    return "" if category.startswith("M") else sign


def _spelled_out(text: str) -> str:
    """Powers of ten that lost no digit as the numbers that they are: 1.3812345678E+10."""

    def plain(found: re.Match[str]) -> str:
        digits = found[1].replace(".", "")
        try:
            value = Decimal(found[0].replace("+", ""))
        except InvalidOperation:
            return _GAP
        return f"{value:f}" if len(digits.rstrip("0")) >= 10 and value == value.to_integral_value() else _GAP

    return _POWER.sub(plain, text)


def _whole_or_gap(found: re.Match[str]) -> str:
    """A decimal number is no number of a person, unless it is whole: 13812345678.0."""
    whole, _, rest = found[0].partition(".")
    return whole if set(rest) == {"0"} else _GAP


def _joined(text: str) -> Iterator[str]:
    """Every run of neighbouring groups of digits as one number of 10 to 16 digits."""
    for chain in _CHAIN.finditer(text):
        groups = _GROUP.findall(chain[0])
        for first in range(len(groups)):
            number = ""
            for group in groups[first:]:
                number += group
                if len(number) > 16:
                    break
                if len(number) >= 10:
                    yield number


def _long_numbers(text: str) -> Iterator[tuple[str, bool]]:
    """Every 18 signs that may be an ID number, also amid further digits; True for a number that stands alone."""
    for spelled in {text, _spelled_out(text), _DECIMAL.sub(_whole_or_gap, text)}:
        for chain in _CHAIN.finditer(spelled):
            ends = _CHECK_X.match(spelled, chain.end())
            digits = "".join(_GROUP.findall(chain[0])) + ("X" if ends else "")
            for start in range(len(digits) - 17):
                if _ANYWHERE.fullmatch(digits, start, start + 18):
                    yield digits[start : start + 18], len(chain[0]) == 18


def _is_id_number(number: str, is_whole: bool) -> bool:
    """GB 11643 (ISO 7064 MOD 11-2); or a whole number whose last digits a spreadsheet or a float has lost."""
    if number[:2] not in _PROVINCES or not _is_day(number[6:14]):
        return False
    if (
        number[17]
        == _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]
    ):
        return True
    return is_whole and number.isdigit() and (number.endswith("000") or _is_of_a_float(number))


def _is_of_a_float(number: str) -> bool:
    near = float(number)
    return int(near) == int(number) or Decimal(repr(near)) == Decimal(number)


def _is_old_id_number(number: str) -> bool:
    return number[:2] in _PROVINCES and int(number[6:8]) >= _FIRST_BORN and _is_day(f"19{number[6:12]}")


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1850 <= day.year <= 2100
