"""Who may decide, and with which code: the name that is typed is not enough, nor is the environment it is typed in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import text
from standins.webhook import JsonSink
from worlds.campaign import at, by
from worlds.databases import Shared
from worlds.kept import Kept, keep
from worlds.papers import Desk, open_desk
from worlds.plans import PAPERS

from models.plan.files import read_plan_files
from models.wording import Refusal
from tasks.campaign.office_file import read_ways
from tasks.campaign.settings import Settings
from tasks.channels.ways import DIVERTING
from tasks.chasing.decisions import decide
from tasks.chasing.exits import sign_exit
from tasks.loading.load import Files, load
from tasks.papers.authority import ActBy
from tasks.papers.codes import CodeSent
from tasks.papers.signing import return_paper, sign

LEADER = "leader9901"
NINE = "2020-08-10T09:00"


@pytest.fixture(scope="module")
def drafted(shared: Shared) -> Iterator[Kept]:
    with open_desk(shared.folder, shared.database_url) as found:
        found.draft()
        yield keep(found.campaign, found.sink, shared)


@pytest.fixture
def desk(drafted: Kept, tmp_path: Path) -> Iterator[Desk]:
    with drafted.copied(tmp_path, Desk) as found:
        yield found


@pytest.fixture
def one_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk on SQLite alone, for what asks nothing of a database."""
    with open_desk(tmp_path, None) as found:
        found.draft()
        yield found


def without(desk: Desk, *places: str) -> None:
    """Load the contacts again without those of office,role."""
    file = desk.campaign.folder / "contacts.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith(places)), encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:45"))


def with_authority(desk: Desk, written: str) -> None:
    plan = desk.campaign.folder / "plan.yaml"
    plan.write_text(f"{PAPERS}authority: {written}\n", encoding="utf-8")
    load(desk.campaign.store, Files(plan=read_plan_files(plan)), at("2020-08-10T08:45"))


def with_leader(desk: Desk, *rows: str) -> None:
    """Load the contacts again with other names in some places: office,role,name. Channels stay those of the name before,
    or of the place where the name is new."""
    file = desk.campaign.folder / "contacts.csv"
    lines = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    channels = {line[2]: line[3] for line in lines}
    named = {tuple(place): name for *place, name in (row.split(",") for row in rows)}
    gone = set(named.values())
    kept = [line for line in lines if tuple(line[:2]) in named or line[2] not in gone]
    for line in kept:
        line[2] = named.get((line[0], line[1]), line[2])
        line[3] = channels.get(line[2], line[3])
    file.write_text("".join(",".join(line) + "\n" for line in kept), encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:45"))


def end_all_codes(desk: Desk) -> None:
    """As if they had all been used, so that more may be asked for."""
    with desk.campaign.store.writing() as connection:
        connection.execute(text("UPDATE codes SET state = 'dead'"))


BINDING: dict[str, Callable[[Desk, ActBy], object]] = {
    "waive": lambda desk, who: decide(desk.campaign.store, "waive", 1, who, None),
    "extend": lambda desk, who: decide(desk.campaign.store, "extend", 1, who, at("2020-09-01")),
    "sign-exit": lambda desk, who: sign_exit(desk.campaign.store, "990101", "preparation", who),
    "sign": lambda desk, who: sign(desk.campaign.store, 1, who),
}
"""What is done with a code, each by the superior's leader."""


@pytest.mark.parametrize("kind", ["waive", "extend"])
def test_only_the_superior_s_leader_decides_on_a_case(desk: Desk, kind: Literal["waive", "extend"]):
    until = at("2020-09-01") if kind == "extend" else None
    before = len(desk.sink.accepted)
    for name in ("leader990101", "owner9901", "leader99", "head9901", "leader9901x", " "):
        with pytest.raises(Refusal) as caught:
            decide(desk.campaign.store, kind, 1, by(name, NINE), until)
        assert "应由试验市人普办主任办理（现为leader9901）" in caught.value.said.zh
    assert len(desk.sink.accepted) == before
    assert desk.rows("SELECT * FROM decisions") == desk.rows("SELECT * FROM codes") == []

    assert desk.decide(kind, 1, by("\u200bleader9901 ", NINE), until).author == LEADER
    assert desk.sink.accepted[-1].to.strip("/") == "9901/leader"


def test_without_its_code_nothing_is_done_and_a_code_is_for_one_act_in_just_those_terms(desk: Desk):
    store = desk.campaign.store
    _, code = desk.read_code(decide(store, "extend", 1, by(LEADER, NINE), at("2020-09-01")))
    assert desk.rows("SELECT * FROM decisions") == []
    mine = by(LEADER, NINE, code=code)
    for kind, case, who, until in (
        ("extend", 1, mine, at("2020-09-02")),
        ("extend", 1, replace(mine, reason="另有理由"), at("2020-09-01")),
        ("extend", 2, mine, at("2020-09-01")),
        ("waive", 1, mine, None),
    ):
        with pytest.raises(Refusal, match="no code was sent"):
            decide(store, kind, case, who, until)  # type: ignore[arg-type]
    decide(store, "extend", 1, mine, at("2020-09-01"))
    assert [row["author"] for row in desk.rows("SELECT author FROM decisions")] == [LEADER]
    with pytest.raises(Refusal, match="closed already"):
        decide(store, "extend", 1, mine, at("2020-09-01"))


def test_where_the_role_is_vacant_the_next_superior_s_holder_decides(desk: Desk):
    without(desk, "9901,leader")
    with pytest.raises(Refusal, match="leader99"):
        desk.decide("waive", 1, by("owner9901", NINE))
    assert desk.decide("waive", 1, by("leader99", NINE)).author == "leader99"


def test_where_nobody_holds_it_anywhere_the_refusal_says_so(desk: Desk):
    without(desk, "9901,leader", "99,leader")
    with pytest.raises(Refusal, match="nobody at present"):
        desk.decide("waive", 1, by(LEADER, NINE))


def test_the_top_office_stands_for_its_own_superior(desk: Desk):
    with pytest.raises(Refusal, match="leader99"):
        desk.sign_exit("99", "preparation", by(LEADER, NINE))
    assert desk.sign_exit("99", "preparation", by("leader99", NINE)).author == "leader99"


def test_anybody_of_the_office_itself_acknowledges_and_nobody_else(desk: Desk):
    for name in (LEADER, "owner990102", "某人"):
        with pytest.raises(Refusal, match="owner990101"):
            desk.decide("ack", 1, by(name, NINE, reason=None))
    assert desk.decide("ack", 1, by("head990101", NINE, reason=None)).author == "head990101"


def test_a_name_that_only_looks_like_theirs_may_do_nothing(one_desk: Desk):
    """A letter of another alphabet, a digit for a letter, the old form of a character, more than a name, and none."""
    with_leader(one_desk, "9901,leader,张伟Lee")
    before = len(one_desk.sink.accepted)
    for name in (
        "張偉Lee",
        "张炜Lee",
        "张伟L\u0435e",
        "张伟1ee",
        "张伟Lee、owner9901",
        "张伟Lee科长",
        "\u3000",
        "\u200b",
    ):
        for act in BINDING.values():
            with pytest.raises(Refusal, match="张伟Lee"):
                act(one_desk, by(name, NINE))
        with pytest.raises(Refusal):
            return_paper(one_desk.campaign.store, 1, by(name, NINE))
        with pytest.raises(Refusal, match="owner990101"):
            one_desk.decide("ack", 1, by(name, NINE, reason=None))
    assert len(one_desk.sink.accepted) == before
    assert one_desk.rows("SELECT * FROM decisions") == one_desk.rows("SELECT * FROM codes") == []


def test_of_two_offices_leaders_of_one_name_only_the_superior_s_is_sent_the_code(one_desk: Desk):
    with_leader(one_desk, "9901,leader,张伟", "990102,leader,张 伟", "990101,leader,张·伟")
    for name in ("张伟", " 张\u3000伟 ", "张 伟\n"):
        for act in BINDING.values():
            one_desk.read_code(act(one_desk, by(name, NINE)))
            assert one_desk.sink.accepted[-1].to.strip("/") == "9901/leader"
        end_all_codes(one_desk)
    assert {row["name"] for row in one_desk.rows("SELECT name FROM codes")} == {"张伟"}


@pytest.mark.parametrize("now", ["9901,leader,张伟", "9901,owner,leader9901"], ids=["another came", "another role"])
def test_who_held_the_role_when_the_code_was_sent_and_holds_it_no_more_may_do_nothing(desk: Desk, now: str):
    file = desk.campaign.folder / "contacts.csv"
    held = file.read_text(encoding="utf-8")
    codes = {kind: desk.read_code(act(desk, by(LEADER, NINE)))[1] for kind, act in BINDING.items()}

    with_leader(desk, now)
    for kind, act in BINDING.items():
        with pytest.raises(Refusal):
            act(desk, by(LEADER, NINE, code=codes[kind]))
        with pytest.raises(Refusal):
            act(desk, by("张伟", NINE, code=codes[kind]))
    with pytest.raises(Refusal):
        return_paper(desk.campaign.store, 1, by(LEADER, NINE))

    file.write_text(held, encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:50"))
    for kind, act in BINDING.items():
        with pytest.raises(Refusal, match="no code was sent"):
            act(desk, by(LEADER, NINE, code=codes[kind]))
    assert desk.rows("SELECT * FROM decisions") == desk.rows("SELECT * FROM exits") == []


def test_a_plan_may_name_others_and_leave_the_codes_out(desk: Desk):
    with_authority(desk, "{waive: government.head, sign-exit: unit.leader, return: government.head, codes: no}")
    for name in (LEADER, "leader990101"):
        with pytest.raises(Refusal):
            desk.decide("waive", 1, by(name, NINE))
    with pytest.raises(Refusal, match="head9901"):
        return_paper(desk.campaign.store, 1, by(LEADER, NINE))
    assert return_paper(desk.campaign.store, 1, by("head9901", NINE)) == "P00000001"
    assert not isinstance(decide(desk.campaign.store, "waive", 1, by("head9901", NINE), None), CodeSent)
    assert not isinstance(sign_exit(desk.campaign.store, "990101", "preparation", by("leader990101", NINE)), CodeSent)


@pytest.mark.parametrize("reason", [None, " ", "电话13812345678"])
def test_what_binds_is_given_a_reason_without_anybody_s_numbers(desk: Desk, reason: str | None):
    with pytest.raises(Refusal):
        desk.decide("waive", 1, by(LEADER, NINE, reason=reason))
    assert desk.rows("SELECT * FROM codes") == []


def test_another_moment_gives_no_more_tries_and_no_more_time(desk: Desk):
    store, clock = desk.campaign.store, "2026-11-28T10:00"
    _, code = desk.read_code(sign(store, 1, by(LEADER, NINE, clock=clock)))
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for day in range(5):
        with pytest.raises(Refusal):
            sign(store, 1, by(LEADER, f"2020-08-{11 + day}T09:00", code=wrong, clock=clock))
    for moment in (NINE, "2021-01-01T09:00"):
        with pytest.raises(Refusal, match="try again after 10:15"):
            sign(store, 1, by(LEADER, moment, clock="2026-11-28T10:14"))
    assert isinstance(sign(store, 1, by(LEADER, NINE, clock="2026-11-28T10:15")), CodeSent)


def test_a_replaced_channel_kills_the_codes_that_went_over_it(desk: Desk):
    _, code = desk.code(1, LEADER, NINE)
    file = desk.campaign.folder / "contacts.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("/9901/leader", "/9901/elsewhere"), encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T09:01"))
    with pytest.raises(Refusal, match="no code was sent"):
        sign(desk.campaign.store, 1, by(LEADER, "2020-08-10T09:02", code=code))
    file.write_text(file.read_text(encoding="utf-8").replace("/9901/elsewhere", "/9901/leader"), encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T09:03"))
    with pytest.raises(Refusal, match="no code was sent"):
        sign(desk.campaign.store, 1, by(LEADER, "2020-08-10T09:04", code=code))


@pytest.mark.parametrize("scheme", ["json", "form"])
def test_no_environment_diverts_a_code(desk: Desk, monkeypatch: pytest.MonkeyPatch, scheme: str):
    file = desk.campaign.folder / "contacts.csv"
    lines = [line.replace("json://", f"{scheme}://") if ",leader9901," in line else line for line in file.open()]
    file.write_text("".join(lines), encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:50"))
    with JsonSink() as thief:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{thief.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        before = desk.sink.calls
        with suppress(Refusal):  # the stand-in does not read forms
            sign(desk.campaign.store, 1, by(LEADER, NINE))
        assert (desk.sink.calls, thief.calls) == (before + 1, 0)
    about = desk.rows("SELECT about FROM audit WHERE act = 'sign-code'")[-1]["about"]
    (address,) = (row["address"] for row in desk.rows("SELECT address FROM codes"))
    assert f'"address":"{address}"' in about
    assert '"through":null' in about


def test_no_variable_that_leads_a_host_elsewhere_is_there_while_a_code_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in DIVERTING:
        monkeypatch.setenv(name, "/nowhere")

    with read_ways(tmp_path).alone():
        assert [name for name in DIVERTING if name in os.environ] == []

    assert {os.environ[name] for name in DIVERTING} == {"/nowhere"}
    assert {"HOSTALIASES", "LOCALDOMAIN", "HTTPS_PROXY", "no_proxy", "SSLKEYLOGFILE"} <= set(DIVERTING)


def test_the_environment_of_whoever_types_gives_no_more_tries_and_no_more_time(tmp_path: Path):
    """More only by the office's own file; fewer by either."""

    def limits(**environment: int) -> tuple[int, int]:
        settings = Settings(home=tmp_path, _env_file=None, **environment)  # type: ignore[call-arg]
        return settings.no_looser("sign_code_minutes"), settings.no_looser("sign_code_attempts")

    assert limits(sign_code_minutes=120, sign_code_attempts=20) == (15, 5)
    assert limits(sign_code_minutes=5, sign_code_attempts=1) == (5, 1)
    (tmp_path / ".env").write_text("PUCHA_SIGN_CODE_MINUTES=30\nPUCHA_SIGN_CODE_ATTEMPTS=3\n", encoding="utf-8")
    assert limits() == (30, 3)
    assert limits(sign_code_minutes=31, sign_code_attempts=4) == (30, 3)


def test_the_office_s_own_file_names_the_gateway_of_codes(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    file = desk.campaign.folder / "contacts.csv"
    text = file.read_text(encoding="utf-8")
    channel = next(line for line in text.splitlines() if ",leader9901," in line).split(",")[3]
    file.write_text(text.replace(channel, "wecombot://key0123456789"), encoding="utf-8")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:50"))
    with JsonSink() as thief, JsonSink() as gateway:
        monkeypatch.setenv("PUCHA_WECOMBOT_URL", f"http://127.0.0.1:{thief.port}")
        own = desk.campaign.store.home / ".env"
        own.write_text(f"PUCHA_WECOMBOT_URL=http://127.0.0.1:{gateway.port}\n", encoding="utf-8")
        with pytest.raises(Refusal):  # it is no WeCom, and answers nothing that is one's
            sign(desk.campaign.store, 1, by(LEADER, NINE))
        assert (gateway.calls, thief.calls) == (1, 0)
    about = desk.rows("SELECT about FROM audit WHERE act = 'sign-code'")[-1]["about"]
    assert '"through":null' not in about
