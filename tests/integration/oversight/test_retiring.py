"""Retiring: what is over goes to files and out of the database; nothing is lost, and nobody removes anything unseen."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import event, select, text
from sqlmodel import col
from worlds.campaign import UNITS, Campaign, at, by
from worlds.chases import Chase, Killed, chasing
from worlds.clerk import Clerk
from worlds.databases import Shared, unguarded
from worlds.kept import Kept, keep
from worlds.papers import DRAFTED, FINE, Desk, open_desk
from worlds.plans import TWO_PHASES_ALWAYS, without_codes

from models.moments import micros
from models.tables import ReadingColumns
from models.wording import Refusal
from tasks.audit_trail.exports import export as export_trail
from tasks.audit_trail.exports import verify_file
from tasks.audit_trail.records import verify
from tasks.campaign.folding import fold_province
from tasks.judging.explain import explain
from tasks.judging.status import read_status
from tasks.oversight.auditor import audit, window
from tasks.oversight.exporting import MANIFEST, read_export
from tasks.oversight.retirable import select_rows
from tasks.oversight.retiring import Retired, check, compact, look, retire
from tasks.papers.codes import CodeSent

BEFORE, NOW, LEADER = "2020-10-01", "2021-06-01T09:00", "leader99"
TABLES = ("notices", "notice_lines", "transitions", "cases", "passes")
ENOUGH = "code,funds_arrived,population\n990101,2000000,100000\n990102,2000000,100000\n"


@pytest.fixture(scope="module")
def over(shared: Shared) -> Iterator[Kept]:
    """Both counties were late with funds and have them since August; the townships owe their staff still."""
    # one message after the other: the notice that arrived last stays with all its cases, and is always the same one
    with chasing(shared.folder, shared.database_url, plan=TWO_PHASES_ALWAYS, send_concurrency=1) as found:
        for moment in ("2020-07-30T09:00", "2020-08-05T09:00", "2020-08-06T09:00", "2020-08-07T09:00"):
            found.watch(moment)
        found.report(ENOUGH, "2020-08-10T08:00")
        for moment in (
            "2020-08-10T09:00",
            "2020-08-13T09:00",
            "2020-08-20T09:00",
            "2020-08-21T09:00",
            "2020-08-24T09:00",
        ):
            found.watch(moment)
        yield keep(found.campaign, found.sink, shared)


@pytest.fixture
def chase(over: Kept, tmp_path: Path) -> Iterator[Chase]:
    with over.copied(tmp_path, Chase) as found:
        yield found


def goes(campaign: Campaign, to: Path, before: str = BEFORE, now: str = NOW, name: str = LEADER) -> Retired:
    done = retire(campaign.store, at(before), to, by(name, now))
    assert isinstance(done, Retired)
    return done


def rows(campaign: Campaign) -> dict[str, list[dict[str, Any]]]:
    return {name: campaign.named_rows(f"SELECT * FROM {name} ORDER BY id") for name in TABLES}


def test_what_is_over_goes_whole_to_files_and_what_is_open_stays(chase: Chase, tmp_path: Path):
    before = rows(chase.campaign)
    closed = {row["id"] for row in before["cases"] if row["closed_at"] is not None}
    still_open = {row["id"] for row in before["cases"]} - closed
    assert closed
    assert still_open

    done = goes(chase.campaign, tmp_path / "gone")

    left, gone = rows(chase.campaign), read_export(tmp_path / "gone").rows
    for name in TABLES:
        exported = gone[name].to_dicts()
        assert sorted([*left[name], *exported], key=lambda row: row["id"]) == before[name], name
        assert done.rows[name] == len(exported)
    assert set(gone["cases"]["id"]) == closed
    assert {row["case_id"] for row in left["notice_lines"]} == still_open
    assert not {row["notice_id"] for row in left["transitions"]} & set(gone["notices"]["id"])
    assert verify(chase.campaign.store).findings == ()


def test_the_files_can_be_read_without_the_product(chase: Chase, tmp_path: Path):
    goes(chase.campaign, tmp_path / "gone")

    notices, lines = (pl.read_parquet(tmp_path / "gone" / f"{name}.parquet") for name in ("notices", "notice_lines"))
    cases, ladders = (pl.read_parquet(tmp_path / "gone" / f"{name}.parquet") for name in ("cases", "policies"))
    told = lines.join(notices, left_on="notice_id", right_on="id", suffix="_of_notice").join(
        cases, left_on="case_id", right_on="id", suffix="_of_case"
    )
    assert told.height == lines.height > 0
    assert told["sent_text"].str.contains("人均经费").all()
    assert set(cases["policy"]) <= set(ladders["id"])
    assert "不用本程序也能查阅" in (tmp_path / "gone" / "README.txt").read_text("utf-8")
    assert not list(tmp_path.glob(".gone*"))
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "gone",)} == {0}


def test_the_next_passes_go_on_as_if_nothing_had_been_retired(tmp_path: Path):
    seen = []
    for retires in (False, True):
        folder = tmp_path / str(retires)
        folder.mkdir()
        with chasing(folder, None, plan=TWO_PHASES_ALWAYS, send_concurrency=1) as found:
            for moment in ("2020-07-30T09:00", "2020-08-06T09:00"):
                found.watch(moment)
            found.report(ENOUGH, "2020-08-10T08:00")
            for moment in ("2020-08-10T09:00", "2020-08-13T09:00"):
                found.watch(moment)
            if retires:
                assert goes(found.campaign, folder / "gone").rows["cases"]
            told = [found.watch(moment) for moment in ("2020-08-20T09:00", "2020-08-21T09:00", "2020-08-24T09:00")]
            found.report("code,funds_arrived\n990101,1\n", "2020-08-25T08:00")
            told += [found.watch(moment) for moment in ("2020-08-25T09:00", "2020-08-27T09:00")]
            numbers = found.rows("SELECT COUNT(DISTINCT notice_id), COUNT(*) FROM transitions WHERE was IS NULL")
            seen.append(told)
            assert verify(found.campaign.store).findings == ()
            assert numbers[0][0] == numbers[0][1]
    assert seen[0] == seen[1]
    assert any(seen[0])


CHANGES = {
    "a notice that stayed": "DELETE FROM notices WHERE id = (SELECT MIN(id) FROM notices)",
    "the text of one": "UPDATE notices SET sent_text = 'x' WHERE id = (SELECT MAX(id) FROM notices WHERE state = 'accepted')",
    "a line that stayed": "DELETE FROM notice_lines WHERE id = (SELECT MIN(id) FROM notice_lines)",
    "what happened to a notice": "UPDATE transitions SET at = at + 1 WHERE id = (SELECT MIN(id) FROM transitions)",
    "the retirement itself": "DELETE FROM retirements",
    "its folder": "UPDATE retirements SET folder = '/elsewhere'",
    "who retired": "UPDATE retirements SET author = 'head99'",
    "a transition put back": "INSERT INTO transitions (id, notice_id, at, state) VALUES (1, 1, 1, 'accepted')",
}


def test_what_anybody_changes_afterwards_is_still_found(chase: Chase, tmp_path: Path):
    goes(chase.campaign, tmp_path / "gone")
    assert verify(chase.campaign.store).whole
    unseen = []
    for name, change in CHANGES.items():
        kept = rows(chase.campaign)
        retirements = chase.campaign.named_rows("SELECT * FROM retirements")
        unguarded(chase.campaign.store, change)
        if verify(chase.campaign.store).whole:
            unseen.append(name)
        with chase.campaign.store.writing() as connection:
            for table, before in {**kept, "retirements": retirements}.items():
                connection.execute(text(f"DELETE FROM {table}"))
                for row in before:
                    places = ", ".join(f":{key}" for key in row)
                    connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"), row)
    assert unseen == []
    assert verify(chase.campaign.store).whole


def test_where_the_trail_is_not_whole_nothing_goes(chase: Chase, tmp_path: Path):
    chase.do("DELETE FROM notices WHERE id = 1")

    with pytest.raises(Refusal, match="the trail is not whole"):
        goes(chase.campaign, tmp_path / "gone")

    assert not (tmp_path / "gone").exists()


def test_an_export_of_the_trail_from_before_still_agrees(chase: Chase, tmp_path: Path):
    export_trail(chase.campaign.store, None, None, tmp_path / "trail.jsonl")

    goes(chase.campaign, tmp_path / "gone")

    assert verify_file(tmp_path / "trail.jsonl", chase.campaign.store).whole


def test_the_last_of_every_number_stays_so_that_none_is_given_twice(chase: Chase, tmp_path: Path):
    staff = "".join(f"{code},12\n" for code in ("990101001", "990101002", "990102001", "990102002"))
    chase.report(f"code,staff\n{staff}", "2020-08-25T08:00")
    chase.watch("2020-08-25T09:00")
    assert chase.rows("SELECT COUNT(*) FROM cases WHERE closed_at IS NULL") == [(0,)]
    last = {name: chase.rows(f"SELECT MAX(id) FROM {name}") for name in TABLES}
    with chase.campaign.store.writing() as connection:  # though the last line and transition be of an earlier notice
        for name in ("notice_lines", "transitions"):
            connection.execute(text(f"UPDATE {name} SET id = id + 9999 WHERE id = (SELECT MIN(id) FROM {name})"))
        connection.execute(text("DELETE FROM notice_lines WHERE case_id = (SELECT MAX(id) FROM cases)"))
        going = select_rows(connection, 2**62)
        assert all(last[name][0][0] not in going[name]["id"] for name in ("notices", "cases"))
        connection.rollback()

    assert goes(chase.campaign, tmp_path / "gone").rows["cases"] > 2

    assert {name: chase.rows(f"SELECT MAX(id) FROM {name}") for name in TABLES} == last
    assert verify(chase.campaign.store).findings == ()


def test_a_second_retirement_takes_what_has_ended_since(chase: Chase, tmp_path: Path):
    goes(chase.campaign, tmp_path / "first", before="2020-08-12")
    staff = "".join(f"{code},12\n" for code in ("990101001", "990101002", "990102001", "990102002"))
    chase.report(f"code,staff\n{staff}", "2020-08-25T08:00")
    chase.watch("2020-08-25T09:00")
    chase.report("code,funds_arrived\n990101,1\n", "2020-08-26T08:00")
    assert chase.watch("2020-08-26T09:00")  # what arrives last stays, and is of this case

    done = goes(chase.campaign, tmp_path / "second")

    assert done.rows["cases"] == 4
    assert verify(chase.campaign.store).findings == ()
    assert {check(chase.campaign.store, tmp_path / name).retired for name in ("first", "second")} == {(at(NOW), LEADER)}


@contextmanager
def dies_before(campaign: Campaign, statement: int) -> Iterator[None]:
    sent = 0

    def die(*_: object) -> None:
        nonlocal sent
        sent += 1
        if sent == statement:
            raise Killed

    for hook in ("before_cursor_execute", "commit"):
        event.listen(campaign.store.engine, hook, die)
    try:
        yield
    finally:
        for hook in ("before_cursor_execute", "commit"):
            event.remove(campaign.store.engine, hook, die)


def test_killed_at_any_step_nothing_is_lost_and_the_next_run_finishes(chase: Chase, tmp_path: Path):
    before, folder, deaths = rows(chase.campaign), tmp_path / "gone", 0
    for statement in range(1, 2000, 7):
        try:
            with dies_before(chase.campaign, statement):
                goes(chase.campaign, folder)
            break
        except Killed:
            deaths += 1
            assert rows(chase.campaign) == before
            assert verify(chase.campaign.store).whole
    assert deaths > 10
    assert {name: len(left) for name, left in rows(chase.campaign).items()} == {
        name: len(before[name]) - read_export(folder).rows[name].height for name in TABLES
    }
    assert verify(chase.campaign.store).findings == ()


def test_an_export_that_was_cut_off_half_written_is_made_anew(chase: Chase, tmp_path: Path):
    part = tmp_path / ".gone.part"
    part.mkdir()
    (part / ".pucha-retire").touch()
    (part / "notices.parquet").write_bytes(b"PAR1")

    assert goes(chase.campaign, tmp_path / "gone").rows["notices"]
    assert not part.exists()


def test_a_full_disk_is_said_and_nothing_is_removed(chase: Chase, tmp_path: Path):
    before = rows(chase.campaign)
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    look(chase.campaign.store, at(BEFORE), at(NOW))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, kept[1]))  # no file grows beyond it: EFBIG, as a full disk refuses
    try:
        with pytest.raises(Refusal, match="nothing was removed") as caught:
            goes(chase.campaign, tmp_path / "gone")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)

    assert "无法导出到" in caught.value.said.zh
    assert not list(tmp_path.glob("*gone*"))
    assert rows(chase.campaign) == before


def test_a_file_that_was_changed_after_the_export_stops_the_removal(chase: Chase, tmp_path: Path):
    folder = tmp_path / "gone"
    with dies_before(chase.campaign, 10**9):
        goes(chase.campaign, folder)
    whole = (folder / "notices.parquet").read_bytes()
    for other in ("the same rows", "other rows"):
        rows_then = pl.read_parquet(
            folder / "notices.parquet" if other == "the same rows" else folder / "cases.parquet"
        )
        rows_then.write_parquet(folder / "notices.parquet", compression="uncompressed")
        with pytest.raises(Refusal, match="not as the list says"):
            check(chase.campaign.store, folder)
        (folder / "notices.parquet").write_bytes(whole)
    assert check(chase.campaign.store, folder).retired
    (folder / MANIFEST).write_text("{}", encoding="utf-8")
    with pytest.raises(Refusal, match="its list is damaged"):
        check(chase.campaign.store, folder)


def test_the_folder_is_no_link_and_no_place_among_files_of_another_use(chase: Chase, tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    home = chase.campaign.store.home
    for folder, said in ((tmp_path / "link", "is a link"), (home / "archive" / "x", "lies in the data folder")):
        with pytest.raises(Refusal, match=said):
            goes(chase.campaign, folder)

    assert goes(chase.campaign, home / "retired" / "x").folder == home.resolve() / "retired" / "x"


def test_an_export_that_is_there_already_is_not_written_over(chase: Chase, tmp_path: Path):
    folder = tmp_path / "gone"
    goes(chase.campaign, folder)
    body = (folder / MANIFEST).read_bytes()

    with pytest.raises(Refusal, match="retired by leader99 already"):
        goes(chase.campaign, folder)
    with pytest.raises(Refusal, match="another date"):
        goes(chase.campaign, folder, before="2020-09-01")
    (tmp_path / "other").mkdir()
    with pytest.raises(Refusal, match="no folder that pucha retire exported"):
        goes(chase.campaign, tmp_path / "other")

    assert (folder / MANIFEST).read_bytes() == body


@pytest.mark.parametrize(("before", "now"), [("2020-06-01", NOW), (BEFORE, "2020-12-01T09:00")])
def test_nothing_to_retire_is_said_be_it_too_young_or_not_there(chase: Chase, tmp_path: Path, before: str, now: str):
    with pytest.raises(Refusal, match="nothing to retire"):
        goes(chase.campaign, tmp_path / "gone", before=before, now=now)

    assert not (tmp_path / "gone").exists()


def test_a_look_tells_what_would_go_what_stays_and_why_and_changes_nothing(chase: Chase):
    before = rows(chase.campaign)

    found = look(chase.campaign.store, at(BEFORE), at(NOW))

    assert {one.name: one.rows for one in found.going}["cases"] == 2
    assert found.sizes.get("notices", 1) > 0
    counts = {one.what.en: one.count for one in found.stays}
    assert counts["open cases, with their notices"] == 4
    assert counts["other cases, with their notices"] == 0
    assert any("统计法实施条例" in one.why.zh for one in found.stays)
    assert rows(chase.campaign) == before


def test_a_look_tells_how_many_readings_stay_of_each_month_and_what_they_take(chase: Chase):
    store = chase.campaign.store
    chase.report("code,staff\n990101001,5\n990101002,5\n", "2020-10-31T23:59")
    chase.report("code,staff\n990101001,6\n", "2020-11-01T00:00")
    with store.writing() as connection:
        fold_province(connection, "99", micros(at("2020-10-31T23:59")))

    found = {one.month: one for one in look(store, at(BEFORE), at(NOW)).readings}

    october, november = found["2020-10"], found["2020-11"]
    # the four of August lie in one piece with them
    assert (october.readings, october.waiting, november.readings, november.waiting) == (6, 0, 1, 1)
    with store.reading() as connection:
        data = connection.execute(select(col(ReadingColumns.data)).order_by(col(ReadingColumns.id))).scalars().all()
    assert sum(one.bytes for one in found.values()) == sum(map(len, data))
    assert (sum(one.columns for one in found.values()), november.bytes) == (len(data), 0)
    assert look(store, at(BEFORE), at(NOW)).holding > 0


def test_explain_names_the_folder_and_who_retired_it_and_when(chase: Chase, tmp_path: Path):
    goes(chase.campaign, tmp_path / "gone")

    (found,) = explain(chase.campaign.store, "990101", "funds", at(NOW))

    (one,) = found.exported
    assert (one.folder, one.author, one.cases) == (str(tmp_path / "gone"), LEADER, 1)
    assert one.lines == read_export(tmp_path / "gone").rows["notice_lines"].height // 2 > 0
    assert f"2021年06月01日由leader99归档清理：催办件 1 件、通知 {one.lines} 条已导出到" in one.said.zh
    (other,) = explain(chase.campaign.store, "990101001", "staff", at(NOW))
    assert other.exported == ()
    assert other.told


def test_a_code_that_is_gone_is_explained_by_where_its_records_went(chase: Chase, tmp_path: Path):
    goes(chase.campaign, tmp_path / "gone")
    fewer = "".join(f"{line}\n" for line in UNITS.splitlines() if not line.startswith("990102"))
    chase.load("2021-06-02T09:00", units=fewer)

    (found,) = explain(chase.campaign.store, "990102", "funds", at("2021-06-03"))

    assert [one.folder for one in found.exported] == [str(tmp_path / "gone")]


def test_a_status_of_a_retired_time_is_what_it_was(chase: Chase, tmp_path: Path):
    moments = ("2020-08-06T10:00", "2020-08-12T10:00", "2020-09-01T10:00")
    before = [read_status(chase.campaign.store, None, at(moment)) for moment in moments]

    goes(chase.campaign, tmp_path / "gone")

    assert [read_status(chase.campaign.store, None, at(moment)) for moment in moments] == before


def test_an_audit_of_a_retired_time_names_the_folder_and_the_next_one_begins_after_it(chase: Chase, tmp_path: Path):
    store = chase.campaign.store
    goes(chase.campaign, tmp_path / "gone")

    with pytest.raises(Refusal, match=str(tmp_path / "gone")):
        audit(store, at("2020-08-05"), at("2020-08-07"))

    assert audit(store, at(BEFORE), at("2020-10-02")).findings == ()
    with pytest.raises(Refusal, match=str(tmp_path / "gone")):  # `pucha audit ledger --as-of` names no window
        audit(store, *window(store, at("2020-08-07")))
    with store.writing() as connection:
        connection.execute(
            text("UPDATE heartbeats SET told = REPLACE(told, '2020-10-02', '2020-08-03') WHERE name = 'audit'")
        )
    assert window(store, at("2021-06-01"))[0] == at(BEFORE)


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path, database_url) as found:
        for moment in ("2020-07-30T09:00", "2020-08-05T09:00", "2020-08-06T08:30"):
            found.watch(moment)
        found.campaign.report(FINE, "2020-08-06T09:00")
        for moment in ("2020-08-06T09:30", "2020-08-07T08:30", DRAFTED):
            found.watch(moment)
        yield found


def test_without_its_code_it_is_exported_and_nothing_is_removed(desk: Desk, tmp_path: Path):
    store, who = desk.campaign.store, by(LEADER, NOW, reason=None)
    before = rows(desk.campaign)

    sent, code = desk.read_code(retire(store, at(BEFORE), tmp_path / "gone", who))

    assert isinstance(sent, CodeSent)
    assert rows(desk.campaign) == before
    assert desk.sink.accepted[-1].to.strip("/") == "99/leader"
    with pytest.raises(Refusal):
        retire(store, at(BEFORE), tmp_path / "gone", replace(who, code="000000" if code != "000000" else "1"))
    with pytest.raises(Refusal, match="may not do it"):
        retire(store, at(BEFORE), tmp_path / "else", by("owner99", NOW))
    assert not (tmp_path / "else").exists()
    assert rows(desk.campaign) == before

    done = desk.done(retire(store, at(BEFORE), tmp_path / "gone", replace(who, code=code)))

    assert done.rows["passes"] > 0
    assert verify(store).findings == ()


def test_what_people_decided_and_signed_upon_stays_with_its_notices(desk: Desk, tmp_path: Path):
    waived = desk.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id")[0]["id"]
    desk.decide("waive", waived, by("leader9901", "2020-08-10T09:01", reason="合并"))
    desk.campaign.report("code,meetings\n990101,1\n", "2020-08-11T09:00")
    desk.watch("2020-08-11T10:00")
    held = {row["case_id"] for row in desk.rows("SELECT case_id FROM decisions UNION SELECT case_id FROM paper_cases")}
    lines = desk.rows("SELECT * FROM notice_lines WHERE case_id IN (SELECT case_id FROM paper_cases) ORDER BY id")
    assert held
    with desk.campaign.store.writing() as connection:  # nor does one of which nobody was told
        connection.execute(text("DELETE FROM notice_lines WHERE case_id = :case"), {"case": waived})
        assert waived not in select_rows(connection, 2**62)["cases"]["id"]
        connection.rollback()

    _, code = desk.read_code(retire(desk.campaign.store, at(BEFORE), tmp_path / "gone", by(LEADER, NOW)))
    desk.done(retire(desk.campaign.store, at(BEFORE), tmp_path / "gone", by(LEADER, NOW, code=code)))

    assert held <= {row["id"] for row in desk.rows("SELECT id FROM cases")}
    assert (
        desk.rows("SELECT * FROM notice_lines WHERE case_id IN (SELECT case_id FROM paper_cases) ORDER BY id") == lines
    )


def test_a_compacted_file_is_smaller_and_a_server_says_that_it_needs_none(chase: Chase, tmp_path: Path):
    store = chase.campaign.store
    if not store.is_sqlite:
        with pytest.raises(Refusal, match="autovacuum"):
            compact(store)
        return
    chase.do(
        "CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
        " SELECT zeroblob(4000) AS body FROM n"
    )
    chase.do("DROP TABLE filler")
    file = Path(str(store.engine.url.database))
    before = file.stat().st_size + os.path.getsize(f"{file}-wal")

    freed = compact(store)

    assert freed > 1_000_000
    assert file.stat().st_size < before - 900_000
    assert verify(store).whole


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    """An office whose every duty is done since last summer, nobody being asked for codes."""
    clerk.load(without_codes(TWO_PHASES_ALWAYS), UNITS, "99,leader,leader99,json://127.0.0.1:9/x\n")
    for moment in ("2020-07-30T09:00", "2020-08-06T09:00"):
        clerk("watch", "--as-of", moment)
    clerk.report(ENOUGH, "2020-08-10T08:00")
    for moment in ("2020-08-10T09:00", "2020-08-21T09:00"):
        clerk("watch", "--as-of", moment)
    return clerk


def test_a_clerk_looks_retires_and_checks_and_each_answer_says_what_was_done(clerk: Clerk, tmp_path: Path):
    folder = str(tmp_path / "gone")
    seen = clerk("retire", "--dry-run")
    assert seen.code == 0
    assert "催办件" in seen.out
    assert "台账至少保留" in seen.out
    assert "读数依法保存" in seen.out
    told = clerk.json("retire", "--dry-run", "--before", "2020-10-01")
    assert [one["table"] for one in told["going"]] == list(TABLES)
    assert [(one["month"], one["count"] > 0) for one in told["readings"]] == [("2020-08", True)]
    for wrong, said in (
        (("retire",), "--before"),
        (("retire", "--before", "2020-10-01", "--to", folder), "应由试验省人普办主任办理（现为leader99），请用 --by"),
        (("retire", "--before", "2020-10-01", "--to", folder, "--by", "王五"), "王五无权办理"),
        (("retire", "--check", folder), "不是归档清理的导出文件夹"),
    ):
        refused = clerk(*wrong)
        assert (refused.code, said in refused.err) == (2, True), refused

    done = clerk.json("retire", "--before", "2020-10-01", "--to", folder, "--by", LEADER, "--compact")

    assert done["folder"] == folder
    assert done["rows"]["passes"] > 0
    assert done["freed"] >= 0
    assert clerk.json("retire", "--check", folder)["by"] == LEADER
    whole = clerk("retire", "--check", folder)
    assert (whole.code, "完整" in whole.out, "由leader99归档清理" in whole.out) == (0, True, True)
    assert clerk("audit", "verify").code == 0
    assert "已归档清理" not in clerk("retire", "--before", "2020-10-01", "--to", folder, "--by", LEADER).out
