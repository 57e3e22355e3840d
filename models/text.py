"""Text from outside (外来文字): made clean where it enters, made visible where it leaves, and names that are the same.

Every name, cell and remark comes through `one_line` before it is kept. Rare characters of names stay, those of the
private use area too: what goes is what nobody can see or write on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from string import ascii_letters

from models.wording import Said

_BREAKS = r"\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029"
_BLANKS = r" \xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
_UNSEEN = (
    r"\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls; tabs and line breaks are blanks
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    r"\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
)
UNSEEN = f"[{_UNSEEN}]"
"""A class for regular expressions: what nobody sees, such as controls, zero-width and bidirectional marks."""
ANY_BLANK = f"[{_BREAKS}{_BLANKS}]"
"""A class for regular expressions: blanks of every width, tabs and line breaks."""

_unseen = re.compile(UNSEEN)
_blanks = re.compile(f"{ANY_BLANK}+")
HIDDEN = re.compile(f"{UNSEEN}|[\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
"""What would steer a terminal or hide in it. Line breaks and tabs are not among it."""
_OF_TEMPLATES = re.compile(r"^[*★☆※▲△●◆#]+|(?:[*★☆※▲△●◆:]|\((?:必填|必填项|选填|可空)\))+$")
"""Around a title: the mark of a column that must be filled in, in front or behind, and a colon."""
_DOTS = dict.fromkeys(map(ord, "•・‧∙⋅･·᛫⸱●"), "·")


def one_line(text: str) -> str:
    """A name, a title or a remark as it is kept: in NFC, without what nobody sees, blanks and line breaks one blank."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return _blanks.sub(" ", _unseen.sub("", unicodedata.normalize("NFC", text))).strip()


def name_key(name: str) -> str:
    """What two spellings of one name share: blanks, full-width signs and the dot between the parts aside."""
    plain = unicodedata.normalize("NFKC", one_line(name)).translate(_DOTS)
    return plain.replace(" ", "").casefold()


@lru_cache(maxsize=8192)
def title_key(title: str) -> str:
    """A column's title without blanks, case, and what a template puts around it: *区划代码（必填）is 区划代码."""
    plain = re.sub(rf"\s|{UNSEEN}", "", unicodedata.normalize("NFKC", title)).lower()
    return _OF_TEMPLATES.sub("", plain)


def visible(text: str) -> str:
    """A text for a terminal or a log: what would steer it, or hide in it, is written out as \\x1b or \\u202e.

    Line breaks and tabs stay; they are the writer's own.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


_LOOK_ALIKE = {
    **dict.fromkeys("‐‑‒–—―−﹣－", Said("半角减号“-”", "a plain minus “-”")),
    **dict.fromkeys("“”„‟〝〞＂", Said("半角双引号，或不加引号", "a plain double quote, or none")),
    **dict.fromkeys("‘’‚‛＇", Said("半角单引号", "a plain single quote")),
    **dict.fromkeys("＋﹢", Said("半角加号“+”", "a plain plus “+”")),
    **dict.fromkeys("：﹕∶", Said("半角冒号“:”", "a plain colon “:”")),
    **dict.fromkeys("０１２３４５６７８９", Said("半角数字", "a plain digit")),
    **dict.fromkeys("\u3000\xa0", Said("半角空格", "a plain blank")),
    **dict.fromkeys("＝﹦", Said("半角等号“=”", "a plain “=”")),
    **dict.fromkeys("＞﹥〉›≻", Said("半角大于号“>”", "a plain “>”")),
    **dict.fromkeys("＜﹤〈‹≺", Said("半角小于号“<”", "a plain “<”")),
    **dict.fromkeys("≥≧⩾", Said("“>=”", "“>=”")),
    **dict.fromkeys("≤≦⩽", Said("“<=”", "“<=”")),
    **dict.fromkeys("≠", Said("“<>”", "“<>”")),
    **dict.fromkeys("×＊✕⋅∗", Said("半角星号“*”", "a plain “*”")),
    **dict.fromkeys("÷／∕⁄", Said("半角斜杠“/”", "a plain “/”")),
    **dict.fromkeys("（﹙", Said("半角括号“(”", "a plain “(”")),
    **dict.fromkeys("）﹚", Said("半角括号“)”", "a plain “)”")),
    **dict.fromkeys("［【", Said("半角方括号“[”", "a plain “[”")),
    **dict.fromkeys("］】", Said("半角方括号“]”", "a plain “]”")),
    **dict.fromkeys("，、﹐", Said("半角逗号“,”", "a plain “,”")),
    **dict.fromkeys("；﹔", Said("半角分号“;”", "a plain “;”")),
    **dict.fromkeys("。．﹒", Said("半角句点“.”", "a plain dot “.”")),
    **dict.fromkeys("′‵`´", Said("半角单引号，或不加引号", "a plain single quote, or none")),
    **dict.fromkeys("％", Said("半角百分号“%”", "a plain “%”")),
    **dict.fromkeys("＿", Said("半角下划线“_”", "a plain “_”")),
}
_OTHER_LETTERS = dict(
    zip(
        "аеорсхуіјѕԁһԛԝӏАВЕКМНОРСТХУІЈЅοανρτυκιΑΒΕΖΗΙΚΜΝΟΡΤΥΧıℓ",
        "aeopcxyijsdhqwlABEKMHOPCTXYIJSoavptukiABEZHIKMNOPTYXil",
        strict=True,
    )
)
"""Letters of the Cyrillic and Greek alphabets, and a few more, that look like Latin ones, with those."""
_OTHER_LETTERS |= {chr(ord(letter) + 0xFEE0): letter for letter in ascii_letters}  # full-width
_FOR_DIGIT = re.compile("(?<![A-Za-z_0-9])(?:[0-9]+([OolI])|([OolI])(?:[0-9]|(?![A-Za-z_0-9])))")
_WORD = re.compile("[A-Za-z" + "".join(_OTHER_LETTERS) + "]+")


def odd_letter(text: str) -> Said:
    """The same of the first letter that is of another alphabet than the word in which it hides."""
    letters = (letter for word in _WORD.findall(text) for letter in word if letter in _OTHER_LETTERS)
    found = next(letters, None)
    if found is None:
        return _letter_for_digit(text)
    latin, named = _OTHER_LETTERS[found], unicodedata.name(found, "").lower()
    return Said(
        f"；“{found}”（U+{ord(found):04X}）不是英文字母，应为 {latin}",
        f"; “{found}” ({named}) is no Latin letter and must be {latin}",
    )


def _letter_for_digit(text: str) -> Said:
    """The same of a letter amid digits, or by itself, that looks like one: T-6Od, meetings >= l."""
    found = _FOR_DIGIT.search(text)
    if found is None:
        return Said("", "")
    letter = found[1] or found[2]
    digit = "0" if letter in "Oo" else "1"
    return Said(f"；“{letter}”是字母，是否为数字 {digit}", f"; “{letter}” is a letter; is it the digit {digit}?")


def look_alike(text: str) -> Said:
    """What to say of the first sign in `text` that stands in place of a plain one that it looks like; nothing for none."""
    found = next((sign for sign in text if sign in _LOOK_ALIKE), None)
    if found is None:
        return odd_letter(text)
    plain, named = _LOOK_ALIKE[found], unicodedata.name(found, "").lower()
    return Said(f"；“{found}”（U+{ord(found):04X}）应为{plain.zh}", f"; “{found}” ({named}) must be {plain.en}")
