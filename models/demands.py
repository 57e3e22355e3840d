"""Sentences that no office may be sent by a machine: figures about people demanded, ranked or assessed by; 约谈、问责、督查.

Sources: 条例 art. 5 and 33, 统计法 art. 7, 政府督查工作条例 art. 7 and 12. A guard by words is never complete; it names the
word that it found, so that a planner can say the thing otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from models.people import in_text, tightened
from models.wording import Said

_CLAUSES = re.compile(r"[，。；！？;!?\n,]|\.\s|[\"'“”《》]")
_MUST = re.compile(
    "(?:应|须|必须|要|确保|力争|务必|需|不)(?:当|要|能|得|应)?(?:达到|达|高于|低于|多于|少于|大于|小于|超过|等于|保持在|为[0-9]+)"
    "|达到|不低于|不少于|不高于|不多于|不超过|至[少多]|最[少多].{0,4}[0-9]|控制在|压低|压减|压缩|调增|调减|上调|下调"
    "|调整(?:为|到|至)|修改(?:为|到|至)|改(?:为|成|到)|凑足|凑够|凑齐|增加(?:到|至)|减少(?:到|至)|提高(?:到|至)|降(?:到|至|低到)"
    "|[0-9][余多]?[万千百亿]?[人名户例个]?(?:以上|以下|以内|之上|之内)|突破|保持[0-9]|稳住|增长[0-9]|增速|不流失|只能增|不能减|补(?:齐|足|够|报到|到[0-9])"
    "|(?:与|和|同).{0,12}(?:部门|公安|卫健|民政|医院|资料|数据|上年|上次|去年|户籍).{0,6}(?:一致|相符|相等|持平|吻合)|应当?(?:一致|相符|相等)"
    "|以.{1,10}数为准|按.{1,12}(?:数|资料)(?:调整|修改|改)|改[大小高低]|[多少]登(?!门)|越[多少高低]越好"
    "|达标|不下降|不减|不降|不能?得?减少|只增|要上去|要下来|完成.{0,6}(?:任务|目标|[0-9]+)|目标|任务数|任务量|指标任务|计划数|计划任务|责任数|缺口"
    "|mustreach|mustexceed|mustnot(?:fall|drop|decline|decrease|shrink|exceed|gobelow|be(?:below|under|above|over|less|lower|higher|fewer|more))|shouldreach|(?:must|shall|should)be(?!checked|verified|reported|compared|lookedinto|submitted|kept|delivered|handed|sent|filled|protected|confidential|stored|returned|printed|visited|informed|registered|collected|available|true|accurate)|atleast|atmost|minimum|maximum|reach[0-9]|mustequal|shallequal|noless|nofewer|nomore|notless"
    "|notfewer|notbelow|notabove|notexceed|notunder|nodropin|[0-9](?:births|deaths|residents|people|persons)?required|required(?:births|deaths|residents|population)|keep.{0,24}(?:above|below|over|under)|hit[0-9]|grow.{0,24}to[0-9]|more(?:births|residents|people)|target|quota|goal|raiseto|increaseto|reduceto|lowerto|adjust(?:ed)?to|changeto"
    "|(?:raise|increase|reduce|lower|adjust|change|correct|bring).{0,30}to[0-9]"
)
_SIGNED = re.compile(r"[<>=≤≥≦≧⩽⩾]=?\s*[0-9]")
"""The same in signs, which go with all the others when a text is tightened."""
_RANKED = re.compile(
    "位居|位列|进入前|末[一二三四五六七八九十0-9]+位|(?:全[国省市区县]|排|居|列)第[一二三四五六七八九十0-9]|[率数量]第一$|[由从][高多大].{0,2}[到至][低少小]|[由从][低少小].{0,2}[到至][高多大]"
    "|最[多少高低大小]的?(?:省|市|县|区(?!划)|乡|镇|街道|村|单位|地区)|红黑榜|光荣榜|荣誉榜|龙虎榜|榜单|表扬|对比通报|评先|考评|打分|得分|评分|分值|挂钩"
    "|排名|排位|名次|位次|排序|评比|评优|倒数|末位|前[一二三四五六七八九十0-9]+[名位]|后[一二三四五六七八九十0-9]+[名位]|先进|落后|考核|绩效|奖惩|rank|league|leaderboard|scoreboard|assess|apprais|performance|bonus|worst|best|top(?:[0-9]|count(?:y|ies)|cit(?:y|ies)|township|place|province|unit)|leadersby|(?:ordered|sorted|order|sort)by|highest|lowest|tableofhono|score"
)
_OF_RESOURCES = re.compile(
    "差错|误差|错误|差异|偏差|漏登率|漏报率|重报率|合格率|质量|完成率|覆盖率|到位率|及时率|移交|经费|资金|补助|元|设备|物资|终端|普查员|指导员|两员|工作人员|公告|宣传|公开信"
    "|error|fault|difference|discrepan|omission|fund|yuan|budget|allowance|enumerator|instructor|staff|device"
)
"""Beside people: limits on errors, and what is due by the head, are no demands for a figure about people."""
_OF_PROGRESS = re.compile("(?:进度|完成率|到位率|覆盖率|及时率|合格率|质量|progress|completion|coverage)$")
"""Right before a ranking: of the work, and allowed."""
_STAFF_EXAM = re.compile("考核合格|考核办法|培训考核")
_DENIED = re.compile(
    "(?:不得|不能|不应|不可|严禁|禁止|不作|mustnot|maynot|never|donot|not)(?:作为|用于|纳入|列入|按|以|用|与|将|be)?.{0,12}$"
)
"""Before a ranking: it is forbidden, not announced."""
_SPARED = re.compile("(?:不|不得|不予|不再|不会|禁止|严禁|无需|never|not|no)(?:进行|开展|予以|be)?$")
"""Right before a threat: there will be none."""
_THREATS = re.compile(
    "约谈|问责|追责|追究|纪委|纪检|监察机关|给予警告|警告处分|严肃处理|从严处理|惩处|惩戒|一票否决|挂牌督办|黄牌警告|谈话提醒|提醒谈话|通报全[国省市县]|全[国省市县](?:范围内?)?通报|督[查察]组(?:将|进驻)|派出?.{0,4}督[查察]组|通报批评|诫勉|党纪处分|政纪处分|政务处分|纪律处分|(?:给予|予以|受到?)处分|accountab|heldtoaccount|summon|disciplin(?:ary|ed)|bepunished|sanctions|faceconsequences|inspectedbythe|supervisionteam|reprimand|nameandshame"
)
_INSPECTED = re.compile(
    "(?:将|予以|予|启动|提请|否则|逾期.{0,12}|未.{0,12}|不力.{0,6}|直接|列入|纳入|报请.{0,8}|由.{1,8}|对.{1,12})(?:进行|开展|实施|专项|重点)*督[查察](?!考核办法|组|室|意见|反馈|发现|问题|整改)"
    "|督[查察](?:问责|追责|约谈|通报)"
)
_STATUTES = re.compile("政府督查工作条例")
_RUNGS = re.compile("yuetan|wenze|zhuize|ducha|accountab|summon|reprimand|punish")


class Forbidden(NamedTuple):
    """A word that may not stand in a sentence, and why."""

    word: str
    why: Said


_DEMAND = Said(
    "普查数据不得作为要达到的数（条例第五条、统计法第七条），只能请核实",
    "no figure about people may be demanded (条例 art. 5, 统计法 art. 7); ask to check",
)
_RANKING = Said(
    "不得以普查数据排名、考核（条例第三十三条）", "nobody is ranked or assessed by figures about people (条例 art. 33)"
)
_THREAT = Said(
    "约谈、问责、督查由有权机关决定，系统不得代为宣布（政府督查工作条例第七条、第十二条）",
    "a machine announces no inspection, talk or accountability (政府督查工作条例 art. 7, 12)",
)


def forbidden_in(text: str) -> Forbidden | None:
    """The first thing in a title, a source or a text of an office's own that it may not be sent; None for none."""
    for clause in _CLAUSES.split(text):
        plain = _STATUTES.sub("", tightened(clause))
        if not plain:
            continue
        threat = _THREATS.search(plain) or _INSPECTED.search(plain)
        if threat and not _SPARED.search(plain[: threat.start()]):
            return Forbidden(threat[0], _THREAT)
        if in_text(clause) is None:
            continue
        ranked = _RANKED.search(plain)
        before = plain[: ranked.start()] if ranked else ""
        allowed = _DENIED.search(before) or _OF_PROGRESS.search(before) or _STAFF_EXAM.search(plain)
        if ranked and not allowed:
            return Forbidden(ranked[0], _RANKING)
        demand = _MUST.search(plain) or _SIGNED.search(unicodedata.normalize("NFKC", clause))
        if demand and not _OF_RESOURCES.search(plain):
            return Forbidden(demand[0], _DEMAND)
    return None


def forbidden_rung(name: str) -> Forbidden | None:
    """What the id of a rung that goes out by itself announces and may not; None for nothing."""
    found = _RUNGS.search(tightened(name))
    return Forbidden(found[0], _THREAT) if found else None
