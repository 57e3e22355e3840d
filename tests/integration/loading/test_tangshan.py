"""The real changes of one city, 唐山, between the lists of 2020 and 2023: 28 townships became towns or moved their codes."""

from __future__ import annotations

import gzip
from pathlib import Path

from worlds.campaign import Campaign, at, make_campaign
from worlds.divisions import change
from worlds.plans import TWO_PHASES

from tasks.audit_trail.records import verify
from tasks.loading.load import Files, load

SAMPLE = Path(__file__).parents[3] / "deployments" / "samples" / "units-hebei.csv.gz"
CITY = "1302"
CHANGES = """130202200,130202103,女织寨乡,女织寨镇
130203200,130203101,果园乡,果园镇
130207113,130207100,胥各庄镇,胥各庄镇
130207115,130207116,岔河镇,岔河镇
130207201,130207117,南孙庄乡,南孙庄镇
130207202,130207118,东田庄乡,东田庄镇
130208202,130208120,姜家营乡,姜家营镇
130225202,130225111,大相各庄乡,大相各庄镇
130227200,130227112,白庙子乡,白庙子镇
130227201,130227113,上营乡,上营镇
130227202,130227109,汉儿庄乡,汉儿庄镇
130227206,130227111,东莲花院乡,东莲花院镇
130227207,130227110,新庄子乡,新庄子镇
130229204,130229116,陈家铺乡,陈家铺镇
130281200,130281114,西留村乡,西留村镇
130281201,130281113,崔家庄乡,崔家庄镇
130281202,130281115,兴旺寨乡,兴旺寨镇
130281207,130281117,团瓢庄乡,团瓢庄镇
130281208,130281118,娘娘庄乡,娘娘庄镇
130281209,130281116,西三里乡,西三里镇
130281210,130281119,侯家寨乡,侯家寨镇
130283200,130283114,扣庄乡,扣庄镇
130283201,130283117,彭店子乡,彭店子镇
130283202,130283112,上射雁庄乡,上射雁庄镇
130283203,130283118,闫家店乡,阎家店镇
130283204,130283116,五重安乡,五重安镇
130283205,130283115,大五里乡,大五里镇
130283206,130283113,太平庄乡,太平庄镇
"""
PAIRS = [tuple(line.split(",")) for line in CHANGES.splitlines()]


def units_of_2020() -> dict[str, str]:
    """Code and name of the province and of everything in the city."""
    lines = gzip.decompress(SAMPLE.read_bytes()).decode("utf-8").splitlines()[1:]
    listed = dict(line.split(",", 1) for line in lines)
    return {code: name for code, name in listed.items() if code == "13" or code.startswith(CITY)}


def units_of_2023() -> dict[str, str]:
    """The same with the codes and names of those that changed as they are now."""
    later = {old: (new, name) for old, new, _, name in PAIRS}
    found = {}
    for code, name in units_of_2020().items():
        new, now = later.get(code[:9], (code[:9], name))
        found[new + code[9:]] = now if len(code) == len(new) else name
    return found


def as_file(units: dict[str, str]) -> str:
    return "code,name\n" + "".join(f"{code},{name}\n" for code, name in sorted(units.items()))


def city(folder: Path, url: str) -> Campaign:
    towns = [old for old, _, _, _ in PAIRS]
    people = "".join(f"{code},owner,人{code},json://127.0.0.1:9/{code}\n" for code in towns)
    return make_campaign(folder, url, plan=TWO_PHASES, units=as_file(units_of_2020()), contacts=people)


def test_the_list_of_2020_becomes_that_of_2023_with_everything_that_is_known(tmp_path: Path, database_url: str) -> None:
    one = city(tmp_path, database_url)
    rows = "".join(f"{old},{number % 20}\n" for number, (old, _, _, _) in enumerate(PAIRS))
    one.report(f"code,staff\n{rows}", "2020-08-01T10:00")
    one.owe("2020-08-21T09:00")
    opened = one.rows("SELECT COUNT(*) FROM cases WHERE closed_at IS NULL")

    done = change(one, "".join(f"{old},{new},{name}\n" for old, new, _, name in PAIRS), "2020-08-22T00:00")

    now = dict(one.rows("SELECT code, name FROM units"))
    assert now == {code: name for code, name in units_of_2023().items() if name != "市辖区"}
    assert done.counts["readings"] == done.counts["contacts"] == 28
    assert one.rows("SELECT COUNT(*) FROM cases WHERE closed_at IS NULL") == opened
    listed = {new: number % 20 for number, (_, new, _, _) in enumerate(PAIRS)}
    kept = "SELECT r.unit, r.value FROM readings r JOIN units u ON u.code = r.unit"
    assert {unit: int(value) for unit, value in one.rows(kept)} == listed
    one.owe("2020-08-22T01:00")
    assert one.rows("SELECT COUNT(*) FROM cases WHERE closed_at IS NULL") == opened
    assert verify(one.store).findings == ()


def test_the_list_of_2023_loaded_after_the_change_moves_nothing_more(tmp_path: Path, database_url: str) -> None:
    one = city(tmp_path, database_url)
    change(one, "".join(f"{old},{new},{name}\n" for old, new, _, name in PAIRS), "2020-08-22T00:00")
    file = tmp_path / "2023.csv"
    file.write_text(as_file(units_of_2023()), encoding="utf-8")

    changes = load(one.store, Files(units=file), at("2020-08-22T10:00"))

    assert not changes.something
    assert changes.departed == []
