"""What may never be ranked (条例 art. 33 ¶2: census data are no basis for assessing local governments)."""

from __future__ import annotations

import re

_IDS = re.compile(r"(?:^|_)(population|populations|pop|births?|deaths?|vacan(?:cy|cies|t)|residents?)(?:_|$)")
_TITLES = re.compile(r"人口|出生|死亡|空置|空户|空房|(?:户籍|登记|常住|暂住|流动|居住|居民|住户)(?:总)?人数")
_HARMLESS = re.compile(r"人口普查|人普")


def may_not_rank(name: str, title: str) -> bool:
    """True for an indicator whose id or title speaks of population, births, deaths or vacancy."""
    return bool(_IDS.search(name) or _TITLES.search(_HARMLESS.sub("", title)))
