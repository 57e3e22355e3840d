"""What only one document tells stands in its place's rows, each row says where it comes from, and no place claims more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

import polars as pl
import pytest

from deployments.demo.synthetic import places
from deployments.demo.synthetic.register import ground
from deployments.demo.synthetic.reports import drafts
from models.plan.files import read_plan_files

SAID = {"文件所载", "合成数据"}


@cache
def rows_of(name: str) -> Mapping[str, pl.DataFrame]:
    """The rows of each register that a small place reports, those of all topics together."""
    kept: dict[str, list[pl.DataFrame]] = {}
    for draft in drafts(places()[name]):
        if draft.register is not None:
            kept.setdefault(draft.register, []).append(draft.frame)
    return {register: pl.concat(parts, how="diagonal_relaxed") for register, parts in kept.items()}


@pytest.mark.parametrize("name", ["shihezi", "qianjiang", "tengzhou"])
def test_every_row_that_may_hold_a_note_says_whether_the_document_has_it(name: str) -> None:
    registers = read_plan_files(places()[name].plan_file).plan.registers
    noted = {one: frame for one, frame in rows_of(name).items() if "note" in registers[one].columns}

    assert len(noted) >= 8
    for register, frame in noted.items():
        if register != "attendance":  # as many rows as persons, and nothing but their numbers
            told = frame if register != "boundaries" else frame.drop_nulls("neighbour")  # a nil return is a code alone
            assert set(told["note"]) <= SAID, register


def test_tengzhou_asks_those_above_for_devices_by_the_end_of_august_and_owes_none_of_it_itself() -> None:
    asked = rows_of("tengzhou")["requests"]
    plan = read_plan_files(places()["tengzhou"].plan_file).plan
    own = next(one for one in plan.requirements if one.key == "preparation.devices")

    assert dict(asked.select("topic", pl.col("due").cast(pl.String)).iter_rows()) == {
        "devices": "2020-08-31",
        "allowance": None,
        "signal": None,
    }
    assert set(asked["addressee"]) == {"37"}
    assert len(own.dues) == 1  # the day of the national plan, and no other


def test_shihezi_has_registered_those_who_are_held_and_nobody_else() -> None:
    sites = dict(rows_of("shihezi")["special_sites"].select("kind", "state").iter_rows())

    assert {kind for kind, state in sites.items() if state == "registered"} == {"prison", "detention", "rehab"}
    assert sites["college"] == sites["nursing"] == "arranged"


def test_shihezi_tells_nothing_of_what_came_after_its_text_breaks_off() -> None:
    assert "acceptance" not in rows_of("shihezi")
    assert places()["shihezi"].remark is not None


def test_where_nobody_looks_after_a_district_of_shihezi_it_is_not_listed() -> None:
    frame = next(one.frame for one in drafts(places()["shihezi"]) if one.name == "district-register")
    behind = frame.filter(pl.col("dwellings_listed") < pl.col("dwellings"))

    assert behind.height == 96
    assert set(behind["enumerators"]) == {0}


def test_who_left_shihezi_is_replaced_by_the_contractor_but_for_the_districts_without_anybody() -> None:
    staff = rows_of("shihezi")["staff"]
    heirs = staff.filter(pl.col("replaces").is_not_null())

    assert set(heirs["employer"]) == {"contractor"}
    assert staff["departed"].drop_nulls().len() - heirs.height == 96


def test_the_twelve_regiments_of_shihezi_are_its_own_whatever_their_codes() -> None:
    drawn = ground(places()["shihezi"])

    assert drawn.counties["code"].to_list() == ["659001"]
    assert drawn.townships.height == 20
    assert drawn.townships.filter(~pl.col("code").str.starts_with("659001")).height == 12


def test_inspection_and_dispatch_meeting_on_the_listing_are_those_of_hebei_itself() -> None:
    plan = read_plan_files(places()["hebei"].plan_file).plan
    judged = {one.key: one.judged_at for one in plan.requirements}

    assert judged["listing.field-inspection"] == judged["listing.dispatch-meeting"] == "province"


def test_hebei_is_watched_on_three_mornings_before_its_moment() -> None:
    place = places()["hebei"]
    moments = [datetime.fromisoformat(one) for one in (*place.steps, place.as_of)]

    assert moments == sorted(moments)
    assert [one.day for one in moments] == [26, 27, 28, 31]
    assert min(datetime.fromisoformat(one) for one in place.topics.values()) < moments[0]
    assert not any(one.steps for one in places().values() if one.id != "hebei")


@pytest.mark.parametrize("name", ["hebei", "shanxi", "shihezi", "qianjiang", "tengzhou"])
def test_what_a_place_is_about_is_in_its_plan(name: str) -> None:
    place = places()[name]
    known = {one.key for one in read_plan_files(place.plan_file).plan.requirements}

    assert len(place.headlines) >= 3
    assert {one.split("/")[-1] for one in place.headlines} <= known
