"""Two sources compared, from the report of a clerk to the notice: asked to look, never for a figure."""

from __future__ import annotations

from standins.webhook import JsonSink
from worlds.campaign import everyone
from worlds.clerk import Clerk
from worlds.plans import phase, trial

PLAN = trial(
    [
        "births: {title: 出生人数, level: township, roll_up: sum}",
        "births_health: {title: 卫健部门资料数, level: county, about: people, roll_up: sum}",
    ],
    [
        phase(
            "listing",
            "摸底",
            "2020-07-01",
            "2020-10-31",
            [
                "{id: births, title: 出生资料比对, judged_at: county, verify: [births, births_health], within: 4 permille, due: 2020-08-05, ladder: l}"
            ],
            hours="always",
        )
    ],
    ladders={"l": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)
UNITS = "code,name\n13,甲省\n1301,乙市\n130101,丙县\n130101001,戊镇\n"


def standing(clerk: Clerk) -> tuple[str, str]:
    found = clerk.json("explain", "130101", "births", "--as-of", "2020-08-10T09:00")
    return found["standing"], found["reason_text"]


def test_a_difference_is_chased_until_somebody_has_looked_and_asks_for_no_figure(clerk: Clerk) -> None:
    with JsonSink() as sink:
        clerk.load(PLAN, UNITS, everyone(sink.json_url, UNITS, ("owner",)))
        clerk.report("code,births\n130101001,12\n", "2020-08-01T09:00")
        missing = standing(clerk)
        clerk.report("code,births_health\n130101,20\n", "2020-08-02T09:00")
        differing = standing(clerk)
        clerk("watch", "--as-of", "2020-08-06T00:00")
        told = "".join(message.text for message in sink.accepted)
        clerk.report("code,listing.births\n130101,是\n", "2020-08-07T09:00")
        looked_into = standing(clerk)
        clerk.report("code,births_health\n130101,21\n", "2020-08-08T09:00")
        newer = standing(clerk)

    assert missing == ("unreported", "卫健部门资料数未报")
    assert differing == ("unmet", "出生人数12、卫健部门资料数20，差异率400‰，高于4‰，请核实")
    assert "差异率400‰，高于4‰，请核实" in told
    assert "应不低于" not in told
    assert "应为" not in told
    assert looked_into == ("met", "")
    assert newer[0] == "unmet"


def test_explain_shows_who_said_that_they_had_looked(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report("code,births\n130101001,12\n", "2020-08-01T09:00")
    clerk.report("code,births_health\n130101,20\n", "2020-08-02T09:00")

    before = clerk("explain", "130101", "births", "--as-of", "2020-08-10").out
    clerk.report("code,listing.births\n130101,是\n", "2020-08-07T09:00", by="丙县人普办")
    after = clerk("explain", "130101", "births", "--as-of", "2020-08-10").out

    assert "条件 verify: [births, births_health], within: 4 permille" in before
    assert "出生资料比对（已核实） listing.births = 尚未核实" in before
    assert "出生资料比对（已核实） listing.births = 是  截至 2020-08-07 09:00，丙县人普办报" in after
