"""Figures with their words (原样的数): 2900余, 近47万, 约30, 580万元, and what each of them allows.

余, 多 and 以上 say at least that; 近 says below it, and above it less one unit of its last written digit; 约 and 左右 say
within half such a unit; 超过, 不足 and their like say what they say. What can be read in two ways is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf

from models.vocabulary import UNIT_ZH
from models.wording import Said

LONGEST = 40
"""Characters of a figure with its words: a figure, no sentence."""

_MORE, _OVER, _UNDER, _LESS = "at least", "more", "less", "at most"
_NEAR, _ABOUT = "near", "about"
_BEFORE: Mapping[str, str] = {
    **dict.fromkeys(("不少于", "不低于", "至少", ">=", "≥"), _MORE),
    **dict.fromkeys(("超过", "高于", "多于", "大于", ">"), _OVER),
    **dict.fromkeys(("不足", "不到", "不满", "少于", "低于", "小于", "<"), _UNDER),
    **dict.fromkeys(("不超过", "不多于", "不高于", "至多", "最多", "<=", "≤"), _LESS),
    **dict.fromkeys(("将近", "接近", "近"), _NEAR),
    **dict.fromkeys(("大约", "大概", "约为", "约"), _ABOUT),
}
_AFTER: Mapping[str, str] = {
    **dict.fromkeys(("余", "多", "以上"), _MORE),
    **dict.fromkeys(("以下", "以内"), _LESS),
    **dict.fromkeys(("左右", "上下"), _ABOUT),
}
_SCALES: Mapping[str, int] = {
    "千": 10**3,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
    "M": 10**6,
    "million": 10**6,
}
_UNITS: Mapping[str, frozenset[str]] = {
    "yuan": frozenset({"元"}),
    "persons": frozenset({"人", "名", "位"}),
    "households": frozenset({"户"}),
    "buildings": frozenset({"栋", "幢"}),
    "items": frozenset({"件"}),
    "sets": frozenset({"套"}),
}
"""How offices write the units of a plan behind a figure."""
_COUNTERS = frozenset(
    {"个", "处", "次", "场", "期", "份", "天", *(word for words in _UNITS.values() for word in words)}
)
_SHARES: Mapping[str, int] = {"%": 100, "‰": 1000}
_WHOLE_IS = {"percent": 100.0, "%": 100.0, "百分比": 100.0, "permille": 1000.0, "‰": 1000.0, "千分比": 1000.0}
_DIGITS = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"


def _either(words: Mapping[str, object]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_FIGURE = re.compile(
    rf"(?P<before>{_either(_BEFORE)})? *(?P<digits>{_DIGITS}) *(?P<inner>余|多)? *(?P<scale>{_either(_SCALES)})?"
    rf" *(?P<behind>余|多)? *(?P<unit>[^0-9 余多]*?) *(?P<after>{_either(_AFTER)})?"
)
_RANGE = re.compile(r"[0-9][^0-9.,A-Za-z]{0,3}(?:-|~|～|—|–|至|到)[^0-9.,A-Za-z]{0,3}[0-9]")
_SMALL_M = re.compile(rf"(?:{_either(_BEFORE)})? *(?:{_DIGITS}) *(?:m|k|K)(?![a-z])")
_ROUGH = re.compile(
    r"[^%‰]*(?:"
    r"[0-9].*(?:余|多|几|来|以上|以下|以内|左右|上下|±|[百千万亿])|[0-9]\+$|[千万亿](?:余|多)|(?:上|近|约|数|几|若干|成)[十百千万亿]"
    rf"|(?:{_either(_BEFORE)}|逾|超|破|~|～|≈|about|over|nearly|some).*[0-9]"
    r")[^%‰]*",
    re.IGNORECASE,
)
"""What says a number, and not in a way from which its ends could be told."""
_DATE = re.compile(r"[0-9]{4}([-~—–])[0-9]{1,2}\1[0-9]{1,2}")
_NUMERALS = re.compile(
    rf"(?:{_either(_BEFORE)})?[〇零一二两三四五六七八九十百千万亿]*[〇零一二两三四五六七八九十百][〇零一二两三四五六七八九十百千万亿]*"
    rf"(?:余|多|几)?[千万亿]*(?:{'|'.join(sorted(_COUNTERS))})?(?:{_either(_AFTER)})?"
)


@dataclass(frozen=True)
class Written:
    """A figure as it was written, the number that stands in it, and what it allows: from `least` to `most`, ends without limit
    being infinite. above, below: that it lies above `least`, below `most`, and is none of the two."""

    text: str
    value: float
    least: float
    most: float
    above: bool = False
    below: bool = False

    @property
    def is_exact(self) -> bool:
        return self.least == self.most

    def within(self, minimum: float | None, maximum: float | None) -> Written | None:
        """The same between the limits of an indicator; None where nothing is left between them."""
        found = self
        if minimum is not None and minimum > found.least:
            found = replace(found, least=minimum, above=False)
        if maximum is not None and maximum < found.most:
            found = replace(found, most=maximum, below=False)
        is_empty = found.least > found.most or (found.least == found.most and (found.above or found.below))
        return None if is_empty else found


def whole_of(unit: str | None) -> float | None:
    """How much all of a thing is in a unit of shares; None in any other unit."""
    return _WHOLE_IS.get(unit or "")


def read_written(text: str, unit: str | None, whole: float | None = None) -> Written | Said | None:
    """A figure with words or a unit; what is wrong with it and what to write instead; None where it is nothing of the kind.

    text: half-width, without blanks around it. unit: the indicator's, as the plan says it (None: none). whole: how much all
    of a thing is in that unit, where the indicator is a share without a unit that says so.
    """
    whole = whole_of(unit) if whole is None else whole
    if len(text) > LONGEST:
        return None
    found = _FIGURE.fullmatch(text)
    if found is None:
        return _why_not(text)
    said = [mark for word in ("before", "inner", "behind", "after") if (mark := found[word])]
    if len(said) > 1:
        return Said(
            f"“{'”“'.join(said)}”不能同用，请只留一个，如 2900余、近47万、约30",
            f"“{'” and “'.join(said)}” do not go together; keep one of them, as in 2900余, 近47万, 约30",
        )
    times = _times(found["scale"], found["unit"], unit, whole)
    if times is None or isinstance(times, Said):
        return _why_not(text) if times is None else times
    digits = found["digits"].replace(",", "")
    value, step = Decimal(digits) * times, Decimal(1).scaleb(-len(digits.partition(".")[2])) * times
    mark = _BEFORE.get(found["before"] or "") or _AFTER.get(found["inner"] or found["behind"] or found["after"] or "")
    return _allowing(text, mark, value, step)


def _allowing(text: str, mark: str | None, value: Decimal, step: Decimal) -> Written:
    own = float(value)
    match mark:
        case "at least":
            return Written(text, own, own, inf)
        case "more":
            return Written(text, own, own, inf, above=True)
        case "less":
            return Written(text, own, -inf, own, below=True)
        case "at most":
            return Written(text, own, -inf, own)
        case "near":
            return Written(text, own, float(value - step), own, above=True, below=True)
        case "about":
            return Written(text, own, float(value - step / 2), float(value + step / 2))
    return Written(text, own, own, own)


def _times(scale: str | None, word: str, unit: str | None, whole: float | None) -> Decimal | Said | None:
    """What the digits are to be multiplied by for the indicator's unit; None where what stands behind them is no unit."""
    own = Decimal(_SCALES[scale]) if scale else Decimal(1)
    if word in _SHARES:
        return None if whole is None or scale else Decimal(str(whole)) / _SHARES[word]
    base, factor = _unscaled(unit)
    if not word:
        if scale and factor != 1:
            return Said(
                f"指标单位是{unit}，“{scale}”后面请写明单位，如 580万元",
                f"the unit of the indicator is {unit}; say the unit behind “{scale}”, as in 580万元",
            )
        return own if scale or factor == 1 else Decimal(1)
    if word == unit:
        return own
    if base is None:
        return own if word in _COUNTERS else None
    if word in _UNITS.get(base, frozenset({base})) or word == base:
        return own / factor
    if word not in _COUNTERS:
        return None
    name = UNIT_ZH.get(unit or "", unit or "")
    return Said(
        f"单位是“{word}”，而该指标以“{name}”计，请核对后改填",
        f"the unit is “{word}”, and the indicator is counted in {unit}; check which is meant",
    )


def _unscaled(unit: str | None) -> tuple[str | None, int]:
    """A plan's unit without its scale: 元 and 10 000 for 万元."""
    named = {words: name for name, group in _UNITS.items() for words in group}
    for scale in sorted(_SCALES, key=len, reverse=True):
        if unit and unit.startswith(scale) and unit[len(scale) :] in named:
            return named[unit[len(scale) :]], _SCALES[scale]
    return (named.get(unit, unit) if unit else None), 1


def _why_not(text: str) -> Said | None:
    if _RANGE.search(text) and not _DATE.fullmatch(text):
        return Said(
            "是一个区间，不知按哪个数计；请只填一个数，如 3万余、近4万、约3.5万",
            "is a range, and nobody can say which number counts; write one number, as in 3万余, 近4万 or 约3.5万",
        )
    if _SMALL_M.match(text):
        return Said(
            "中的 m、k 可作几种解释；百万请写大写 M（如 1.22 M），或写作 122万",
            "has an m or k that can be read in several ways; write a capital M for a million (1.22 M), or 122万",
        )
    if _NUMERALS.fullmatch(text):
        return Said("用了中文数字，请改用阿拉伯数字，如 2900余", "is in Chinese numerals; write digits, as in 2900余")
    if _ROUGH.fullmatch(text):
        return Said(
            "的写法读不准；请写确数，或写成 2900余、近47万、约30 这样的数，单位用该指标的单位",
            "is written in a way that cannot be read for certain; write the exact number, or one as in 2900余, 近47万 or 约30, in the"
            " unit of the indicator",
        )
    return None


def allowed_said(least: float, most: float, above: bool, below: bool) -> Said:
    """What a figure allows, in words: 不少于2900, 多于460000、少于470000, 29.5至30.5."""
    low, high = _plain(least), _plain(most)
    if least == most:
        return Said(low, low)
    from_ = Said(f"多于{low}", f"more than {low}") if above else Said(f"不少于{low}", f"at least {low}")
    to = Said(f"少于{high}", f"less than {high}") if below else Said(f"不多于{high}", f"at most {high}")
    if least == -inf and most == inf:
        return Said("多少不定", "any number")
    if most == inf:
        return from_
    if least == -inf:
        return to
    if not above and not below:
        return Said(f"{low}至{high}", f"{low} to {high}")
    return Said(f"{from_.zh}、{to.zh}", f"{from_.en} and {to.en}")


def _plain(value: float) -> str:
    """A number with up to four places after the point, in full."""
    if value in (inf, -inf):
        return str(value)
    rounded = round(value, 4)
    if rounded == 0 and value != 0:
        return f"{value:.4g}"
    return f"{Decimal(repr(rounded)):f}".removesuffix(".0") if rounded != int(rounded) else str(int(rounded))
