"""The audit trail: every act is there, in its own transaction, and nothing done to it afterwards goes unseen."""

from __future__ import annotations

import json
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from worlds.campaign import at, by
from worlds.databases import Shared, unguarded
from worlds.kept import Kept, keep
from worlds.papers import FINE, Desk, open_desk

from deployments.cli import main
from models.wording import Refusal
from tasks.audit_trail import records
from tasks.audit_trail.exports import export, verify_file
from tasks.audit_trail.records import verify
from tasks.audit_trail.transitions import altered_transitions
from tasks.campaign.store import Store
from tasks.intake.intake import take_in
from tasks.intake.receipts import Receipt
from tasks.judging.explain import explain
from tasks.loading.load import Files, load
from tasks.papers.signing import return_paper, sign

SIGNER = "leader9901"
FIELDS = ("at", "act", "author", "about", "previous", "hash")


@pytest.fixture(scope="module")
def drafted(shared: Shared) -> Iterator[Kept]:
    """The morning on which the letter waits."""
    with open_desk(shared.folder, shared.database_url) as found:
        found.draft()
        yield keep(found.campaign, found.sink, shared)


@pytest.fixture
def desk(drafted: Kept, tmp_path: Path) -> Iterator[Desk]:
    with drafted.copied(tmp_path, Desk) as found:
        yield found


@pytest.fixture
def new_desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """The campaign before its first pass."""
    with open_desk(tmp_path, database_url) as found:
        yield found


def acts(desk: Desk) -> list[str]:
    return [row["act"] for row in desk.rows("SELECT act FROM audit ORDER BY id")]


def test_every_act_is_recorded_with_its_author_and_moment(desk: Desk):
    store = desk.campaign.store
    case = desk.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id")[0]["id"]
    desk.decide("ack", case, by("head990101", "2020-08-10T09:00", reason=None))
    desk.decide("waive", case, by(SIGNER, "2020-08-10T09:01", reason="机构撤并"))
    desk.sign_exit("990101", "preparation", by(SIGNER, "2020-08-10T09:02"))
    desk.sign(2, SIGNER, "2020-08-10T09:03")
    by_act = {row["act"]: row for row in desk.rows("SELECT * FROM audit ORDER BY id")}
    assert {
        "load",
        "report",
        "notices",
        "paper",
        "ack",
        "waive",
        "paper-withdrawn",
        "sign-exit",
        "sign-code",
        "signature",
    } <= set(by_act)
    assert by_act["ack"]["author"] == "head990101"
    assert by_act["waive"]["at"] == at("2020-08-10T09:01").timestamp() * 1_000_000
    assert json.loads(by_act["waive"]["about"])["reason"] == "机构撤并"
    assert by_act["signature"]["author"] == SIGNER
    assert by_act["report"]["author"] == "试验"
    assert verify(store).whole


def test_a_report_that_replaces_figures_is_recorded_as_a_correction(new_desk: Desk):
    new_desk.campaign.report("code,meetings\n990101,1\n", "2020-07-29T09:00", "甲县")
    assert "correction" not in acts(new_desk)
    new_desk.campaign.report("code,meetings\n990101,0\n", "2020-07-29T09:00", "甲县")
    assert acts(new_desk)[-2:] == ["report", "correction"]
    last = new_desk.rows("SELECT * FROM audit ORDER BY id DESC LIMIT 1")[0]
    assert last["author"] == "甲县"
    assert json.loads(last["about"])["replaced"] == 1


def test_a_correction_is_told_with_its_reason_and_marked_where_there_is_none(new_desk: Desk, tmp_path: Path):
    def report(name: str, rows: str, reason: str | None = None) -> Receipt:
        file = tmp_path / name
        file.write_text(rows, encoding="utf-8")
        moment = at("2020-07-29T09:00")
        return take_in(new_desk.campaign.store, file, moment, "甲县", moment, reason)

    def meetings() -> tuple[bool, str | None]:
        (found,) = explain(new_desk.campaign.store, "990101", "meeting", at("2020-07-30T09:00"))
        (figure,) = (one for one in found.figures if one.id == "meetings")
        return figure.corrected, figure.reason

    first = report("a.csv", "code,meetings\n990101,1\n", "首报不是更正")
    assert (first.corrected, *meetings()) == (0, False, None)
    same = report("b.csv", "code,meetings\n990101,1.0\n", "数字未变")
    assert (same.corrected, *meetings()) == (0, False, None)
    bare = report("c.csv", "code,meetings\n990101,0\n")
    assert (bare.corrected, bare.reason, *meetings()) == (1, None, True, None)
    given = report("d.csv", "code,meetings\n990101,2\n", "漏计一次")
    assert (given.corrected, given.reason, *meetings()) == (1, "漏计一次", True, "漏计一次")
    last = new_desk.rows("SELECT about FROM audit WHERE act = 'correction' ORDER BY id DESC LIMIT 1")[0]
    assert json.loads(last["about"])["reason"] == "漏计一次"
    assert verify(new_desk.campaign.store).whole


@pytest.mark.parametrize(
    ("before", "after", "corrected"),
    [
        ("8000余", "8000", 1),  # an exact figure says more
        ("8000", "8000余", 1),
        ("8000余", "近8000", 1),
        ("8000余", "超过8000", 1),
        ("8000余", "8000余", 0),
        ("8000余", "8000以上", 0),
        ("8000", "8000.0", 0),
        ("0.8万", "8000", 0),
        ("8000余", "9000余", 1),
    ],
)
def test_a_figure_is_corrected_where_it_says_something_else_than_before(
    new_desk: Desk, tmp_path: Path, before: str, after: str, corrected: int
):
    moment, store = at("2020-07-29T09:00"), new_desk.campaign.store

    def report(name: str, figure: str, reason: str | None = None) -> Receipt:
        file = tmp_path / name
        file.write_text(f"code,meetings,evidence\n990101,{figure},{name}\n", encoding="utf-8")
        return take_in(store, file, moment, "甲县", moment, reason)

    def meetings() -> tuple[bool, str | None]:
        (found,) = explain(store, "990101", "meeting", at("2020-07-30T09:00"))
        (figure,) = (one for one in found.figures if one.id == "meetings")
        return figure.corrected, figure.reason

    report("a.csv", before)
    told, shown = report("b.csv", after, "核定"), meetings()
    again = report("c.csv", after)

    assert (told.corrected, shown) == (corrected, (True, "核定") if corrected else (False, None))
    assert (again.corrected, meetings()) == (0, (False, None))
    assert verify(store).whole


def test_an_act_that_is_refused_leaves_no_record(desk: Desk):
    before = acts(desk)
    with pytest.raises(Refusal):
        desk.decide("waive", 999, by(SIGNER, "2020-08-10T09:00"))
    with pytest.raises(Refusal):
        sign(desk.campaign.store, 9, by(SIGNER, "2020-08-10T09:00", code="123456"))
    with pytest.raises(Refusal):
        return_paper(desk.campaign.store, 1, by("别人", "2020-08-10T09:00", reason="不妥"))
    assert acts(desk) == before


def test_a_wrong_code_leaves_a_record_without_the_code(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    with pytest.raises(Refusal):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:01", code=wrong))
    last = desk.rows("SELECT * FROM audit ORDER BY id DESC LIMIT 1")[0]
    assert (last["act"], last["author"]) == ("sign-refused", SIGNER)
    assert wrong not in last["about"]


def test_loading_the_same_again_or_rehearsing_leaves_no_record(new_desk: Desk):
    before = acts(new_desk)
    folder = new_desk.campaign.folder
    load(
        new_desk.campaign.store,
        Files(units=folder / "units.csv", contacts=folder / "contacts.csv"),
        at("2020-05-01T09:00"),
    )
    more = folder / "more.csv"
    more.write_text((folder / "units.csv").read_text() + "990103,丙县\n")
    load(new_desk.campaign.store, Files(units=more), at("2020-05-01T09:00"), dry_run=True)
    assert acts(new_desk) == before == ["load"]


def test_no_channel_and_no_phone_stands_in_the_trail(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T09:00")
    desk.watch("2020-08-10T09:15")
    told = json.dumps(desk.rows("SELECT * FROM audit"), ensure_ascii=False, default=str)
    assert "127.0.0.1" not in told
    assert str(desk.sink.port) not in told.replace("hash", "")


def test_the_database_itself_refuses_to_change_the_trail(desk: Desk):
    before = desk.rows("SELECT * FROM audit ORDER BY id")
    last = before[-1]
    for statement in (
        "UPDATE audit SET author = '别人' WHERE id = 1",
        "DELETE FROM audit WHERE id = 1",
        f"DELETE FROM audit WHERE id = {last['id']}",
        f"INSERT INTO audit VALUES ({last['id'] + 2}, 1, 'waive', '某', '{{}}', '{last['hash']}', 'x')",
        f"INSERT INTO audit VALUES ({last['id'] + 1}, 1, 'waive', '某', '{{}}', 'another', 'x')",
        "UPDATE audit_head SET records = records - 1",
        "DELETE FROM audit_head",
    ):
        with pytest.raises(DBAPIError), desk.campaign.store.writing() as connection:
            connection.execute(text(statement))
    assert desk.rows("SELECT * FROM audit ORDER BY id") == before
    assert verify(desk.campaign.store).whole


def test_the_database_refuses_to_empty_the_trail(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T09:00")
    empty = "DELETE FROM" if desk.campaign.store.is_sqlite else "TRUNCATE"
    for table in ("audit", "papers", "signatures", "paper_cases"):
        with pytest.raises(DBAPIError), desk.campaign.store.writing() as connection:
            connection.execute(text(f"{empty} {table}"))
    assert verify(desk.campaign.store).whole


def test_a_guard_that_was_taken_away_is_a_finding(new_desk: Desk):
    store = new_desk.campaign.store
    drop = "DROP TRIGGER audit_delete" if store.is_sqlite else "ALTER TABLE audit DISABLE TRIGGER audit_delete"
    with store.writing() as connection:
        connection.execute(text(drop))
    found = verify(store)
    assert not found.whole
    assert "audit_delete" in found.findings[0].en


def test_edits_deletions_insertions_and_a_cut_off_end_are_found_and_named(desk: Desk):
    store = desk.campaign.store
    count = verify(store).records
    assert count >= 10
    author = desk.rows("SELECT author FROM audit WHERE id = 4")[0]["author"]
    unguarded(store, "UPDATE audit SET author = '别人' WHERE id = 4")
    assert verify(store).bad == 4
    unguarded(store, "UPDATE audit SET author = :author WHERE id = 4", author=author)
    assert verify(store).whole
    last = desk.rows("SELECT * FROM audit ORDER BY id DESC LIMIT 1")[0]
    unguarded(store, f"DELETE FROM audit WHERE id = {last['id']}")
    assert verify(store).bad == last["id"]
    unguarded(store, "INSERT INTO audit VALUES (:id, :at, :act, :author, :about, :previous, :hash)", **last)
    unguarded(store, "DELETE FROM audit WHERE id = 7")
    assert verify(store).bad == 7
    unguarded(store, f"UPDATE audit SET id = 7 WHERE id = {last['id']}")
    assert verify(store).bad == 7


def test_a_record_added_around_the_product_is_found_though_its_hash_is_right(new_desk: Desk):
    from models.rules.oversight.trail_chain import chained

    store = new_desk.campaign.store
    last = new_desk.rows("SELECT * FROM audit ORDER BY id DESC LIMIT 1")[0]
    forged = chained(number=last["id"] + 1, at=1, act="waive", author="某人", about={"case": 1}, previous=last["hash"])
    unguarded(
        store,
        "INSERT INTO audit VALUES (:id, :at, :act, :author, :about, :previous, :hash)",
        **{name: getattr(forged, name) for name in ("id", *FIELDS)},
    )
    assert verify(store).bad == forged.id


def test_what_happened_to_notices_cannot_be_rewritten_unseen(desk: Desk):
    store = desk.campaign.store
    for statement in (
        "UPDATE transitions SET state = 'accepted', reason = 'x' WHERE id = 2",
        "DELETE FROM transitions WHERE id = 5",
    ):
        assert verify(store).whole
        with store.writing() as connection:
            connection.execute(text(statement))
            found = _verify_inside(connection)
            connection.rollback()
        assert "history of notices" in found
    assert verify(store).whole


def _verify_inside(connection: Connection) -> str:
    """What the check of the transitions says inside a transaction that is rolled back."""
    return " ".join(said.en for said in altered_transitions(connection))


def test_a_signed_paper_rewritten_around_the_guards_is_a_finding(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T09:00")
    assert verify(desk.campaign.store).whole
    unguarded(desk.campaign.store, "UPDATE papers SET content = content || '。' WHERE id = 1")
    found = verify(desk.campaign.store)
    assert not found.whole
    assert "P00000001" in found.findings[0].en


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_single_byte_edit_of_any_stored_record_is_found(trail: Desk, data: st.DataObject):
    store = trail.campaign.store
    count = trail.rows("SELECT COUNT(*) AS n FROM audit")[0]["n"]
    number = data.draw(st.integers(1, count))
    name = data.draw(st.sampled_from(FIELDS))
    value = trail.rows(f"SELECT {name} AS v FROM audit WHERE id = {number}")[0]["v"]
    if name == "at":
        edited: object = value ^ (1 << data.draw(st.integers(0, 50)))
    else:
        raw = bytearray(value.encode() or b"0")
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] ^= 1 << data.draw(st.integers(0, 7))
        edited = _storable(bytes(raw), store)
        if edited is None or edited == value:
            return
    as_text = "CAST(:v AS TEXT)" if store.is_sqlite and name != "at" else ":v"
    unguarded(store, f"UPDATE audit SET {name} = {as_text} WHERE id = {number}", v=edited)
    found = verify(store)
    unguarded(store, f"UPDATE audit SET {name} = :v WHERE id = {number}", v=value)
    assert found.bad == number


def _storable(raw: bytes, store: Store) -> object:
    """Bytes as the database can hold them in a text: SQLite anything, PostgreSQL only UTF-8 without NUL."""
    if store.is_sqlite:
        return raw
    try:
        return None if b"\0" in raw else raw.decode()
    except UnicodeDecodeError:
        return None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def trail(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A trail of some thirty acts that the property leaves as it found it, which is looked at in the end."""
    folder = tmp_path_factory.mktemp("trail")
    url = f"sqlite:///{folder / 'pucha.db'}"
    if request.param == "postgresql":
        from sqlalchemy import create_engine

        server = request.getfixturevalue("cluster")
        engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE trail"))
        engine.dispose()
        url = f"{server}/trail"
    with open_desk(folder, url) as desk:
        desk.draft()
        desk.sign(1, SIGNER, "2020-08-10T09:00")
        desk.watch("2020-08-11T08:30")
        yield desk
        assert verify(desk.campaign.store).whole


def test_writers_at_once_make_one_chain(new_desk: Desk):
    store = new_desk.campaign.store
    before = len(acts(new_desk))

    def write(who: int) -> None:
        for number in range(10):
            with store.writing() as connection:
                records.record(connection, "alarm", f"人{who}", {"case": number}, at("2020-08-01T09:00"))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(acts(new_desk)) == before + 40
    assert verify(store).whole


def test_an_export_can_be_checked_by_itself_and_every_edit_of_it_is_found(desk: Desk, tmp_path: Path):
    file = tmp_path / "trail.jsonl"
    count = export(desk.campaign.store, None, None, file)
    assert count == verify(desk.campaign.store).records
    whole = verify_file(file)
    assert whole.whole
    assert whole.records == count
    body = file.read_bytes()
    spoilt = tmp_path / "spoilt.jsonl"
    for place in range(0, len(body), 97):
        spoilt.write_bytes(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        assert not _is_whole(spoilt), f"byte {place}"
    lines = body.split(b"\n")
    for broken in (lines[:-2] + lines[-1:], lines[:3] + lines[4:], [*lines[:3], lines[4], lines[3], *lines[5:]]):
        spoilt.write_bytes(b"\n".join(broken))
        assert not _is_whole(spoilt)


def _is_whole(file: Path) -> bool:
    try:
        return verify_file(file).whole
    except Refusal:
        return False


def test_an_export_of_some_days_stands_on_its_own(desk: Desk, tmp_path: Path):
    file = tmp_path / "august.jsonl"
    count = export(desk.campaign.store, at("2020-08-05"), at("2020-08-07"), file)
    assert 0 < count < verify(desk.campaign.store).records
    moments = [json.loads(line)["at"] for line in file.read_text().splitlines()[1:]]
    assert min(moments) >= at("2020-08-05").timestamp() * 1_000_000
    assert max(moments) < at("2020-08-07").timestamp() * 1_000_000
    assert verify_file(file).whole
    with pytest.raises(Refusal, match="exists already"):
        export(desk.campaign.store, None, None, file)
    with pytest.raises(Refusal, match="no audit records"):
        export(desk.campaign.store, at("2031-01-01"), None, tmp_path / "later.jsonl")


def test_a_trail_forged_as_a_whole_is_found_against_an_earlier_export(desk: Desk, tmp_path: Path):
    from models.rules.oversight.trail_chain import START, chained

    store = desk.campaign.store
    file = tmp_path / "kept.jsonl"
    export(store, None, None, file)
    assert verify_file(file, store).whole
    previous, statements = START, []
    for row in desk.rows("SELECT * FROM audit ORDER BY id"):
        author = "别人" if row["id"] == 3 else row["author"]
        new = chained(
            number=row["id"],
            at=row["at"],
            act=row["act"],
            author=author,
            about=json.loads(row["about"]),
            previous=previous,
        )
        previous = new.hash
        statements.append(
            f"UPDATE audit SET author = '{author}', previous = '{new.previous}', hash = '{new.hash}' WHERE id = {row['id']}"
        )
    last = len(statements)
    unguarded(store, *statements, f"UPDATE audit_head SET hash = '{previous}'")
    found = verify(store)
    assert (found.bad, found.whole) == (None, False)
    assert "written anew" in found.findings[0].en
    assert verify_file(file, store).bad in (3, last)


def test_the_commands_tell_whole_from_broken_by_their_exit_code(
    new_desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
):
    monkeypatch.setenv("PUCHA_HOME", str(new_desk.campaign.folder / "home"))
    monkeypatch.setenv("PUCHA_DATABASE_URL", database_url)
    new_desk.campaign.report(FINE, "2020-07-29T09:00")
    new_desk.campaign.watch("2020-07-30T09:00")

    def pucha(*arguments: str) -> tuple[int, dict[str, Any]]:
        with pytest.raises(SystemExit) as caught:
            main([*arguments, "--json"])
        assert isinstance(caught.value.code, int)
        return caught.value.code, json.loads(capsys.readouterr().out)

    file = str(tmp_path / "trail.jsonl")
    assert pucha("audit", "verify")[0] == 0
    code, told = pucha("audit", "export", file)
    assert (code, told["records"]) == (0, len(acts(new_desk)))
    assert pucha("audit", "verify", "--file", file)[0] == 0
    assert pucha("audit", "verify", "--against", file)[0] == 0
    unguarded(new_desk.campaign.store, "UPDATE audit SET act = 'waive' WHERE id = 2")
    code, told = pucha("audit", "verify")
    assert (code, told["whole"], told["first_bad"]) == (1, False, 2)
    assert pucha("audit", "export", file)[0] == 2
    assert pucha("audit", "verify", "--file", str(tmp_path / "none.jsonl"))[0] == 2


def test_a_local_closure_stands_in_the_trail(
    new_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
):
    monkeypatch.setenv("PUCHA_HOME", str(new_desk.campaign.folder / "home"))
    monkeypatch.setenv("PUCHA_DATABASE_URL", database_url)
    days = tmp_path / "days.csv"
    days.write_text("day,kind,name\n2020-08-06,off,防汛停工\n", encoding="utf-8")
    for arguments in (["--dry-run"], []):
        with pytest.raises(SystemExit, match="0"):
            main(["calendar", "import", str(days), "--local", *arguments])
    about = [json.loads(row["about"]) for row in new_desk.rows("SELECT about FROM audit WHERE act = 'calendar'")]
    assert about == [{"calendar": "china", "year": None, "days": ["2020-08-06"]}]
    assert verify(new_desk.campaign.store).whole


@pytest.mark.parametrize(
    "begins",
    [b"[" * 5_000_000, b'{"a":"' + b"a" * 5_000_000, b"\0" * 5_000_000, b"1e999\n", b"9" * 5_000],
    ids=["nested", "one line", "nothing", "a number", "a long one"],
)
def test_what_is_no_export_is_said_to_be_none_and_not_read_to_its_end(tmp_path: Path, begins: bytes) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(begins + b"\n")
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match="no export of an audit trail"):
            verify_file(file)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "forged",
    [{"records": 1}, {"at": 1, "hash": "", "records": 2**63}, {"at": 1, "hash": None, "records": 1}, {"more": 1}, [1]],
    ids=["in part", "too many", "no hash", "another", "a list"],
)
def test_a_first_line_that_names_no_head_is_no_export(tmp_path: Path, forged: object) -> None:
    head = {"first": 1, "format": "pucha-audit/1", "hash": "", "head": forged, "last": 1, "previous": ""}
    file = tmp_path / "export.jsonl"
    file.write_text(json.dumps(head, sort_keys=True, separators=(",", ":")) + "\n")
    with pytest.raises(Refusal, match="no export of an audit trail"):
        verify_file(file)


def test_after_the_first_record_that_cannot_be_read_nothing_more_is(tmp_path: Path) -> None:
    head = {"first": 7, "format": "pucha-audit/1", "hash": "", "last": 9, "previous": ""}
    file = tmp_path / "export.jsonl"
    file.write_bytes(json.dumps(head, sort_keys=True, separators=(",", ":")).encode() + b"\n" + b'{"id":1}\n' * 100_000)
    found = verify_file(file)
    assert (found.records, [one.zh for one in found.findings]) == (1, ["第 7 条无法读出"])


def test_a_device_is_no_export_and_is_not_read_for_ever() -> None:
    with pytest.raises(Refusal, match="no plain file"):
        verify_file(Path("/dev/zero"))
