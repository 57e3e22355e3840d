"""Sentences that no office may be sent by a machine: figures about people demanded, ranked or assessed by; 约谈、问责、督查.

Sources: 条例 art. 5 and 33, 统计法 art. 7, 政府督查工作条例 art. 7 and 12. A guard by words is never complete; it names the
word that it found, so that a planner can say the thing otherwise.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from models.people import in_text, tightened
from models.wording import Said

_CLAUSES = re.compile(r"[，。；！？;!?\n,]|\.\s|[\"'“”《》]")
_MUST = re.compile(
    "(?:应|须|必须|要|确保|力争|务必|需|不)(?:当|要|能|得|应)?(?:达到|达|高于|低于|多于|少于|大于|小于|超过|等于|保持在|为[0-9]+)"
    "|达到|不低于|不少于|不高于|不多于|不超过|至少|最少|至多|最多|控制在|压低|压减|压缩|调增|调减|上调|下调"
    "|调整(?:为|到|至)|修改(?:为|到|至)|改(?:为|成|到)|凑足|凑够|凑齐|增加(?:到|至)|减少(?:到|至)|提高(?:到|至)|降(?:到|至|低到)"
    "|达标|不下降|不减|不降|不能?得?减少|只增|要上去|要下来|完成.{0,6}(?:任务|目标|[0-9]+)|目标|任务数|任务量|指标任务|计划数|计划任务|责任数|缺口"
    "|mustreach|mustexceed|mustnot|shouldreach|(?:must|shall|should)be(?!checked|verified|reported|compared|lookedinto|submitted|kept)|atleast|atmost|minimum|maximum|reach[0-9]|mustequal|shallequal|noless|nofewer|nomore|notless"
    "|notfewer|notbelow|notabove|notexceed|target|quota|goal|raiseto|increaseto|reduceto|lowerto|adjust(?:ed)?to|changeto"
    "|(?:raise|increase|reduce|lower|adjust|change|correct|bring).{0,30}to[0-9]"
)
_RANKED = re.compile(
    "排名|排位|名次|位次|排序|评比|评优|倒数|末位|前[一二三四五六七八九十0-9]+[名位]|后[一二三四五六七八九十0-9]+[名位]|先进|落后|考核|绩效|奖惩|rank|league|leaderboard|scoreboard|assess|apprais|performance|bonus|worst|best|top[0-9]"
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
    "约谈|问责|追责|追究|通报批评|诫勉|党纪处分|政纪处分|给予处分|accountab|heldtoaccount|summon|disciplinary|reprimand|nameandshame"
)
_INSPECTED = re.compile(
    "(?:将|予以|予|启动|提请|否则|逾期.{0,12}|未.{0,12}|不力.{0,6}|直接|列入|纳入|报请.{0,8}|由.{1,8}|对.{1,12})(?:进行|开展|实施|专项|重点)*督查(?!考核办法|组|室|意见|反馈|发现|问题|整改)"
    "|督查(?:问责|追责|约谈|通报)"
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
        demand = _MUST.search(plain)
        if demand and not _OF_RESOURCES.search(plain):
            return Forbidden(demand[0], _DEMAND)
    return None


def forbidden_rung(name: str) -> Forbidden | None:
    """What the id of a rung that goes out by itself announces and may not; None for nothing."""
    found = _RUNGS.search(tightened(name))
    return Forbidden(found[0], _THREAT) if found else None
