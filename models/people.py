"""Names that speak of the people counted (普查对象), in Chinese or English, however they are spaced or spelled.

Persons, births, deaths, population, and the number, size or vacancy of households are figures about people: never
ranked and never a goal (条例 art. 5 and 33, 统计法 art. 7). Staff, and households that an office has to visit or has
visited, are its work. A list of words is never complete: `about: people` in a plan says it of any other name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

from models.text import UNSEEN

Counted = Literal["persons", "households"]
"""What a name counts that is no work: persons (births and deaths among them), or households and empty homes."""

_LETTERS = str.maketrans(
    "аеорсухіјѕһԁԛԝӏвнкмтгьαορνικτυβᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıօսոհᏴᎥᎡᎢᎻᏚᏢ",
    "aeopcyxijshdqwlbhkmtrbaopviktubabcdefghijklmnoprstuvwyziouuhbirthsp",
)
_FORMS = str.maketrans(
    "ロ囗コᄆ戶戸數数總総齢齡嬰兒児歲歳產産実實錄録閒閑遷単單員亾岀兩婦農務國眾業對學無間關縣鄉鎮區導師訓幹願機構應訪門複覈記編預備參領調會錢費約聯談網問絡責協誡處懲評績榮譽獎紀檢嚴肅",
    "口口口口户户数数总总龄龄婴儿儿岁岁产产实实录录闲闲迁单单员亡出两妇农务国众业对学无间关县乡镇区导师训干愿机构应访门复核记编预备参领调会钱费约联谈网问络责协诫处惩评绩荣誉奖纪检严肃",
)
_TWINS = _LETTERS | _FORMS
"""Signs that look like others, and old forms, by the one that is meant."""
_LIKE_LETTERS = tuple(str.maketrans("01345", f"o{one}eas") for one in "il")
"""Digits by the letters that they look like; a 1 is an i or an l."""
_LIKE_DIGITS = re.compile(r"(?<=[a-z])[01345](?=[a-z])|(?<=\b)[01345](?=[a-z])")
_LIKE_SIGNS = re.compile(r"(?<=[a-z])[!|@$](?=[a-z])")
_SIGNS = str.maketrans("!|@$", "ilas")

_NO_PEOPLE = re.compile(
    "人口(?:普查(?:办公室|机构|领导小组|办)?|抽样调查|变动(?:情况)?(?:抽样)?调查|办)|人口(?=[罩袋述译岸])|人口(?:和|与)计划生育|人口管理(?:部门|大队|支队|科|站|处)|老龄[办委]"
    "|(?:流动人口|出租房屋|计划生育)(?:服务|协管|管理)(?:人?员|站|中心)|计划生育(?:专干|干部|部门|办)"
    "|居民(?:委员会|委|小组|点|区|小区|楼|住宅|会议|代表)|村民(?:委员会|委|小组|代表|会议|大会)|业主(?:委员会|大会)|致(?:全体|广大)?(?:居民|住户)的?(?:一封|公开)?信"
    "|妇女联合会|户口整顿|户籍(?:民警|警|科|室|窗口|管理部门)|失业保险|(?:出生|常住|户籍)地(?:代码|核对|编码)"
    "|集体户(?:登记点|登记机构|普查员|联络员|单位)|殡葬(?:管理|服务)|火化(?:厂|场)"
    "|populationand?housingcensus|populationcensus|censusofpopulation|populationoffice|populationsurvey"
    "|residents?committees?|residential|birthdays?|presidents?|nonresidential|peoples(?:congress|government|court)(?:es|s)?"
    "|vacant(?:enumerator|staff)?(?:posts?|positions?|roles?|jobs?)|(?:staff|enumerators?|instructors?|posts?)vacanc(?:y|ies)|vacanc(?:y|ies)ofposts?"
    "|maternity(?:hospital|ward|clinic)s?|(?:funeral|cremation|burial)(?:home|house|office|parlou?r|registr)[a-z]*?s?"
    "|residentenumerators?|occupancyof(?:training)?rooms?|occupied(?:post|position)s?|dead(?:channel|link|line|letter|end)s?|funds?per(?:person|capita|household|head)"
    "|household(?:listing)?(?:form|questionnaire|schedule)s?"
)
"""What holds such a word and speaks of something else: the census itself, offices, committees, masks, letters, forms."""

_VITAL = re.compile(
    "出生|初生|出世|降生|新生(?!入学|报到)|生育|分娩|接生|添丁|孕产妇|产妇|活产|死产|夭折|[一二三四五多]孩(?:数|率|人|生)|婴儿|婴幼儿|婴孩|[男女]婴"
    "|死亡|死者|去世|逝世|逝者|离世|过世|故去|亡故|身故|病故|殁|亡人|销户亡|遗体|火化|殡葬|(?:注销|核销)户口|户口(?:注销|核销)"
    "|newborn|births?|bornalive|stillborn|natality|neonat|fertility|parturition|infants?|maternit|pregnan"
    "|deaths?|mortalit|decease|decedent|fatalit|demise|obituar|burials?|cremation|funeral|passedaway"
    "|chusheng|xinshenger|siwang"
)
_VITAL_WORDS = frozenset(
    {"born", "died", "dead", "dying", "baby", "babies", "csrs", "csl", "swrs", "swl", "cbr", "cdr", "tfr", "imr"}
)
"""Births and deaths, and the initials by which offices call them (出生人数, 死亡率)."""
_PERSONS = re.compile(
    f"{_VITAL.pattern}|人口|丁口|(?:^|总|家庭|户均|平均|登记|全[村镇乡县区市])口数|[常暂流]口(?!水)"
    "|居民|村民|市民数|公民数|国民(?:数|人数|总数)|百姓|社员数|居住者|常住|暂住(?!证)|户籍(?:总|登记|实有|在册)?(?:人|数|登记数|总数)|户口(?:总)?数"
    "|(?:流动|外来|外籍|境外|户籍|常住|暂住|在册|流入|流出|迁入|迁出)(?:人员|人)|迁[入出](?:数|量|率)|净迁|人户分离|寄挂|外国人|少数民族(?!语|地区|乡|县)|[汉壮回满苗彝藏蒙]族(?:人|数|总)|外籍|侨民|农民工|外来工|务工人|租客|房客"
    "|(?:老年人?|老人|妇女|儿童|少儿|男性|女性|男|女|男女)(?:总)?(?:人口|人数|数|比重|比例|占比|率|比)|性别比|抚养比|育龄|孕妇"
    "|(?:普查|登记|调查)对象(?:人?数|总数|总量)|家庭成员|被(?:登记|调查|普查)(?:人|者)"
    "|老龄|少子化|预期寿命|平均寿命|平均年龄|自然增长|失业|就业率|文盲"
    "|population|populace|residents?|inhabitants?|demograph|sexratio|(?:im|em)?migrants?|(?:in|out|net)migration|citizens|citizenry|villagers"
    "|townspeople|homeowners?|ethnicminorit|dependencyratio|lifeexpectancy|medianage|foreigners"
    "|renkou|jumin|changzhu|huji|hukou"
)
_PEOPLE_WORDS = _VITAL_WORDS | frozenset(
    {
        "pop",
        "pops",
        "popn",
        "popl",
        "totpop",
        "poptotal",
        "dwellers",
        "souls",
        "rks",
        "rkzs",
        "zrk",
        "zrks",
        "czrk",
        "hjrk",
    }
)

_HOMES = re.compile(
    "户均(?!经费|费|补助|报酬|宣传|走访|上门|入户|用?时|次|登记)|每户人|户平均|家庭规模|户规模|户人数|空置|空户|空屋|空巢|无人户|(?:人户|户人|人房)比|空房|空宅|空关|空住|空挂|闲置(?:住房|房|住宅)|无人居?住"
    "|vacan(?:t|cy|cies)|unoccupied|uninhabited|householdsize|sizeofhousehold|personsperhousehold|peopleperhousehold"
    "|householdaverage|averagehousehold|meanhousehold|hhsize|familysize|sizeoffamil|occupan(?:cy|ts)|occupied|empty(?:home|house|dwelling|flat|unit|apartment|propert)(?:s|y|ies)?|kongzhilv|konghu|kongzhifang"
)
"""Size of households, and homes that stand empty: of no work, whoever visits them."""
_HOUSEHOLDS = re.compile(
    "户数|户总数|总户|住户|家庭户|集体户|农户|租户|家户|[户业]主(?:人?数|总数)|家庭总?数|household|domicile|hushu|zhuhu|jiatinghu"
)
_HOUSEHOLD_WORDS = frozenset({"hh", "hhs", "zhs", "families"})
_VISITED = re.compile(
    "入户|走访|上门|登门|到户|登记|摸底|整顿|核实|核对|复核|复查|填报|访|应(?!有)|已(?!有|知|婚|建|售|入住)|未(?!婚)|待|需|拟|计划|发放|张贴|抽中|抽查"
    "|due|visit|tolist|registered|unregistered|listed|unlisted|done|completed?|remaining|assigned|interviewed|checked"
    "|verified|unverified|covered|started|pending|surveyed|enumerated|contacted|reached|todo|letters?|register(?!ed)"
)
"""Beside households: an office has to visit them, or has."""

_GENERIC = re.compile(
    "人数|人头|总人|老年人|老人(?!院)|儿童(?!福利|医院)|孩子|小孩|男孩|女孩|学生(?!宿舍|公寓|家长)|民众(?!活动)|headcount|humanbeing"
)
_ROUND = re.compile("[0-9][万亿]人(?!次)")
"""In a sentence: so many of them."""
_GENERIC_WORDS = frozenset(
    {"persons", "person", "people", "peoples", "men", "women", "male", "males", "female", "females", "adults"}
    | {
        "boys",
        "girls",
        "children",
        "child",
        "elderly",
        "individuals",
        "humans",
        "nationals",
        "kids",
        "toddlers",
        "youths",
    }
    | {
        "teenagers",
        "pensioners",
        "seniors",
        "minors",
        "folks",
        "expats",
        "dependents",
        "students",
        "pupils",
        "tenants",
        "lodgers",
        "respondents",
        "widows",
    }
)
_STAFF = re.compile(
    "普查员|指导员|两员|普查人员|工作人员|工作组|联络员|专人|责任人|负责人|督导员|宣传员|志愿者|民警|干部|骨干|教师|师资|学员"
    "|社区工作者|楼[门栋]长|专干|编码员|录入员|签订|承诺|体检|面试|报名|录用|应聘|辞退|更换|培训|参训|受训|参学|到会|参会|与会|出席|选聘|选调|借调|聘用|配备|持证|考核|考试|合格|投保|保险|在岗|到岗|上岗|离岗|值班|值守|宣传|网格|协管"
    "|应到|实到|缺编|流失|补充|机构|普查办|人普办|编制|职工|成员|队伍"
    "|enumerator|instructor|staff|tenantsassociation|leaflet|publicity|supervisor|worker|train(?:er|ee|ed|ing)|officer|leader|cadre|recruit|employe|personnel"
    "|attend|participant|interviewer|insured|volunteer|teacher|contractor|certified|onduty|oncall|incharge|responsible|contact"
)
"""Beside persons: those who do the work."""

_QUANTITY = re.compile(
    "[0-9]+|全县|全市|全省|全国|全区|本地|辖区|所辖|登记|户籍|常住|总|人|口|数|量|率|户|比|本年|当年|年末|年度|期末|的|件|例|婴|儿|员|性|女|男"
    "|number|count|total|sum|rate|ratio|share|of|the|in|all|registered|live|annual|year|persons?|people|size|average|mean"
    "|counted|figure|value|num|no|cnt|s"
)
"""What a name may hold beside such a word and still be the bare figure."""


def counts_births_or_deaths(name: str, title: str) -> bool:
    """True where an indicator's id or title speaks of births or deaths."""
    squeezed = _cleared(name, title)
    return any(_VITAL.search(one) for one in squeezed) or _has_word(_VITAL_WORDS, name, title)


def counts_people(name: str, title: str) -> Counted | None:
    """What of people an indicator's id or title speaks of; None for a figure about work."""
    squeezed = _cleared(name, title)
    if any(_PERSONS.search(one) for one in squeezed) or _has_word(_PEOPLE_WORDS, name, title):
        return "persons"
    if any(_HOMES.search(one) for one in squeezed):
        return "households"
    whole = " ".join(_tight(f"{name} {title}"))
    generic = any(_GENERIC.search(one) for one in squeezed) or _has_word(_GENERIC_WORDS, name, title)
    if generic and not _STAFF.search(whole):
        return "persons"
    households = any(_HOUSEHOLDS.search(one) for one in squeezed) or _has_word(_HOUSEHOLD_WORDS, name, title)
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
        found = _GENERIC.search(plain) or _ROUND.search(plain)
        if found and not _STAFF.search(plain):
            return found[0]
    return next(iter(sorted(_words(text) & _PEOPLE_WORDS)), None)


def tightened(text: str) -> str:
    """A text as its words are looked for: one width and case, no blanks, no signs, nothing that nobody sees."""
    return _tight(text)[0]


@cache
def _people_words() -> re.Pattern[str]:
    return re.compile(f"{_PERSONS.pattern}|{_HOMES.pattern}|{_HOUSEHOLDS.pattern}|{_GENERIC.pattern}")


@lru_cache(maxsize=4096)
def _tight(text: str) -> tuple[str, ...]:
    """`text` squeezed, and with digits between letters read as the letters that they look like, where that differs."""
    written = _LIKE_SIGNS.sub(lambda sign: sign[0].translate(_SIGNS), _plain(text))
    plain = "".join(sign for sign in written if sign.isalnum() and sign != "〇")
    return tuple(dict.fromkeys((plain, *(_lettered(plain, letters) for letters in _LIKE_LETTERS))))


def _lettered(plain: str, letters: Mapping[int, int]) -> str:
    return _LIKE_DIGITS.sub(lambda digit: digit[0].translate(letters), plain)


def _cleared(*texts: str) -> list[str]:
    """Texts as their words are looked for, without what holds such a word and speaks of something else."""
    return [_NO_PEOPLE.sub(" ", one) for text in texts for one in _tight(text)]


def _has_word(words: frozenset[str], *texts: str) -> bool:
    """True where one of `words` stands alone in a text and does not belong to what speaks of something else."""
    return any(word in one for text in texts for word in _words(text) & words for one in _cleared(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    """The words of `text`, and all of it as one (p.o.p)."""
    return frozenset((*re.findall("[a-z]+", _plain(text)), tightened(text)))


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """In one width, case and form of signs, without accents and without what nobody sees."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", re.sub(UNSEEN, "", text)).casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return bare.translate(_TWINS)
