"""Names that speak of the people counted (普查对象), in Chinese or English, however they are spaced or spelled.

Persons, births, deaths, population, and the number, size or vacancy of households are figures about people: never
ranked and never a goal (条例 art. 5 and 33, 统计法 art. 7). Staff, and households that an office has to visit or has
visited, are its work. A list of words is never complete: `about: people` in a plan says it of any other name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

from models.text import UNSEEN

Counted = Literal["persons", "households"]
"""What a name counts that is no work: persons (births and deaths among them), or households and empty homes."""

_TWINS = str.maketrans(
    "аеорсухіјѕһԁԛԝӏαορνικτυвнкмтʙɪʀɴʜ" + "ロ囗戶戸數総總齢齡嬰兒児歲歳產産実錄録閒閑遷単單員",
    "aeopcyxijshdqwlaopviktubhkmtbirnh" + "口口户户数总总龄龄婴儿儿岁岁产产实录录闲闲迁单单员",
)
"""Signs that look like others, and old forms, by the one that is meant."""
_LIKE_LETTERS = tuple(str.maketrans("013", f"o{one}e") for one in "il")
"""Digits by the letters that they look like; a 1 is an i or an l."""

_LIKE_DIGITS = re.compile(r"(?<=[a-z])[013](?=[a-z])|(?<=\b)[013](?=[a-z])")

_NO_PEOPLE = re.compile(
    "人口(?:普查(?:办公室|机构|领导小组|办)?|抽样调查|变动(?:情况)?(?:抽样)?调查|办)|人口(?=[罩袋述译岸])|人口(?:和|与)计划生育|人口管理(?:部门|大队|支队|科|处)|老龄[办委]"
    "|居民(?:委员会|委|小组|点|区|楼|会议)|致(?:全体|广大)?(?:居民|住户)的?(?:一封|公开)?信"
    "|妇女联合会|户口整顿|户籍(?:民警|警|科|室|窗口|管理部门)"
    "|populationand?housingcensus|populationcensus|censusofpopulation|populationoffice|populationsurvey"
    "|residents?committees?|residential|birthdays?|presidents?|nonresidential"
    "|vacant(?:posts?|positions?|roles?|jobs?)|(?:staff|enumerators?|instructors?|posts?)vacanc(?:y|ies)"
)
"""What holds such a word and speaks of something else: the census itself, committees, masks, letters."""

_PERSONS = re.compile(
    "人口|丁口|出生|生育|新生(?!入学|报到)|活产|婴儿|婴幼儿|死亡|死者|去世|逝世|离世|亡故|夭折|销户亡"
    "|居民|村民数|市民数|公民数|常住|暂住(?!证)|户籍(?:总|登记|实有|在册)?(?:人|数|登记数|总数)"
    "|(?:流动|外来|外籍|境外|户籍|常住|暂住|在册|流入|流出|迁入|迁出)(?:人员|人)|人户分离|寄挂"
    "|(?:老年人?|老人|妇女|儿童|少儿|男性|女性|男|女|男女)(?:总)?(?:人口|人数|数|比重|比例|占比|率|比)|性别比|抚养比"
    "|老龄|预期寿命|平均年龄|自然增长"
    "|population|populace|newborn|births?|bornalive|stillborn|natality|neonat|fertility|deaths?|mortalit|deceased|fatalit"
    "|residents?|inhabitants?|demograph|infants?|sexratio|(?:im|em)?migrants?|citizens|villagers|townspeople"
    "|renkou|chusheng|siwang|xinshenger|jumin|changzhu|huji"
)
_PEOPLE_WORDS = frozenset({"pop", "pops", "popn", "born", "died", "baby", "babies", "dwellers", "souls"})

_HOMES = re.compile(
    "户均(?!经费|费|补助|报酬|宣传|走访|上门|入户|用?时|次|登记)|每户人|户平均|家庭规模|户规模|户人数|空置|空户|空房|空宅|空关|空住|空挂|闲置(?:住房|房|住宅)|无人居?住"
    "|vacan(?:t|cy|cies)|unoccupied|uninhabited|householdsize|sizeofhousehold|personsperhousehold|peopleperhousehold"
    "|householdaverage|averagehousehold|meanhousehold|empty(?:home|house|dwelling|flat|unit|apartment)s?|konghu|kongzhifang"
)
"""Size of households, and homes that stand empty: of no work, whoever visits them."""
_HOUSEHOLDS = re.compile("户数|户总数|总户|住户|家庭户|集体户|农户|家户|家庭总?数|household|hushu|zhuhu")
_HOUSEHOLD_WORDS = frozenset({"hh", "hhs", "families", "family"})
_VISITED = re.compile(
    "入户|走访|上门|登门|到户|登记|摸底|整顿|核实|核对|复核|填报|访|应|已|未|待|需|拟|计划|发放|张贴|抽中|抽查"
    "|due|visit|registered|unregistered|listed|unlisted|done|completed?|remaining|assigned|interviewed|checked"
    "|verified|unverified|covered|started|pending|surveyed|enumerated|contacted|reached|todo|letters?|register(?!ed)"
)
"""Beside households: an office has to visit them, or has."""

_GENERIC = re.compile("人数|人头|总人|headcount")
_GENERIC_WORDS = frozenset(
    {"persons", "person", "people", "peoples", "men", "women", "male", "males", "female", "females", "adults"}
    | {"boys", "girls", "children", "child", "elderly", "individuals"}
)
_STAFF = re.compile(
    "普查员|指导员|两员|普查人员|工作人员|工作组|联络员|专人|责任人|负责人|督导员|宣传员|志愿者|民警|干部|骨干|教师|师资|学员"
    "|培训|参训|受训|参学|到会|参会|与会|出席|选聘|选调|借调|聘用|配备|持证|考核|考试|合格|投保|保险|在岗|到岗|上岗|离岗|值班|值守|宣传|网格|协管"
    "|应到|实到|缺编|流失|补充|机构|普查办|人普办|编制|职工|成员|队伍"
    "|enumerator|instructor|staff|supervisor|worker|train(?:er|ee|ed|ing)|officer|leader|cadre|recruit|employe|personnel"
    "|attend|participant|interviewer|insured|volunteer|teacher|contractor|certified|onduty|oncall|incharge|responsible|contact"
)
"""Beside persons: those who do the work."""

_QUANTITY = re.compile(
    "[0-9]+|全县|全市|全省|全国|全区|本地|辖区|所辖|登记|户籍|常住|总|人|口|数|量|率|户|比|本年|当年|年末|年度|期末|的|件|例|婴|儿|员|性|女|男"
    "|number|count|total|sum|rate|ratio|share|of|the|in|all|registered|live|annual|year|persons?|people|size|average|mean"
    "|counted|figure|value|num|no|cnt|s"
)
"""What a name may hold beside such a word and still be the bare figure."""


def counts_people(name: str, title: str) -> Counted | None:
    """What of people an indicator's id or title speaks of; None for a figure about work."""
    both = f"{name} {title}"
    squeezed = [_NO_PEOPLE.sub(" ", one) for text in (name, title) for one in _tight(text)]
    words = _words(name) | _words(title)
    if any(_PERSONS.search(one) for one in squeezed) or words & _PEOPLE_WORDS:
        return "persons"
    if any(_HOMES.search(one) for one in squeezed):
        return "households"
    whole = " ".join(_tight(both))
    generic = any(_GENERIC.search(one) for one in squeezed) or words & _GENERIC_WORDS
    if generic and not _STAFF.search(whole):
        return "persons"
    households = any(_HOUSEHOLDS.search(one) for one in squeezed) or words & _HOUSEHOLD_WORDS
    return "households" if households and not _VISITED.search(whole) else None


def is_bare(name: str, title: str) -> bool:
    """True where the title (the id, where the title says nothing of people) is the figure about people itself.

    出生人数 is; 出生资料待核实 is a count of work on records of births.
    """
    text = title if counts_people("", title) else name
    left = _QUANTITY.sub("", _people_words().sub("", _tight(text)[0]))
    return counts_people("", text) is not None and not left


def in_text(text: str) -> str | None:
    """The first word in a sentence that speaks of people, as it was matched; None where none does."""
    for one in _tight(text):
        plain = _NO_PEOPLE.sub(" ", one)
        found = _PERSONS.search(plain) or _HOMES.search(plain)
        if found:
            return found[0]
        found = _HOUSEHOLDS.search(plain)
        if found and not _VISITED.search(plain):
            return found[0]
        found = _GENERIC.search(plain)
        if found and not _STAFF.search(plain):
            return found[0]
    return next(iter(sorted(_words(text) & _PEOPLE_WORDS)), None)


def tightened(text: str) -> str:
    """A text as its words are looked for: one width and case, no blanks, no signs, nothing that nobody sees."""
    return _tight(text)[0]


def _people_words() -> re.Pattern[str]:
    return re.compile(f"{_PERSONS.pattern}|{_HOMES.pattern}|{_HOUSEHOLDS.pattern}|{_GENERIC.pattern}")


def _tight(text: str) -> tuple[str, ...]:
    """`text` squeezed, and with digits between letters read as the letters that they look like, where that differs."""
    plain = "".join(sign for sign in _plain(text) if sign.isalnum() and sign != "〇")
    return tuple(dict.fromkeys((plain, *(_lettered(plain, letters) for letters in _LIKE_LETTERS))))


def _lettered(plain: str, letters: Mapping[int, int]) -> str:
    return _LIKE_DIGITS.sub(lambda digit: digit[0].translate(letters), plain)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall("[a-z]+", _plain(text)))


def _plain(text: str) -> str:
    """In one width, case and form of signs, without accents and without what nobody sees."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", re.sub(UNSEEN, "", text)).casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return bare.translate(_TWINS)
