"""Who loaded a text stands in the trail, with the hash of what was loaded."""

from __future__ import annotations

import getpass
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.clerk import UNITS, Clerk
from worlds.plans import TWO_PHASES, without_codes

from models.personal import RespondentsData
from models.plan.files import read_plan_files
from tasks.audit_trail.records import verify
from tasks.loading.load import Files, load

OVERDUE = "{{ entry.title }}：请核对"


def loads(campaign: Campaign) -> list[tuple[str, str, Any]]:
    """act, author and texts of every record of texts, oldest first."""
    rows = campaign.rows("SELECT act, author, about FROM audit WHERE act IN ('load', 'texts') ORDER BY id")
    return [(act, author, json.loads(about)["texts"]) for act, author, about in rows]


def template(campaign: Campaign, text: str) -> None:
    folder = campaign.store.home / "templates" / "zh"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overdue.j2").write_text(text, encoding="utf-8")


def load_again(campaign: Campaign, by: str, *, dry_run: bool = False) -> None:
    files = Files(plan=read_plan_files(campaign.folder / "plan.yaml"))
    load(campaign.store, files, at("2020-04-02T09:00"), by=by, dry_run=dry_run)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_who_loaded_a_text_stands_in_the_trail_with_its_hash(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path)
    plan = {"plan.yaml": digest((tmp_path / "plan.yaml").read_text(encoding="utf-8"))}
    assert loads(campaign) == [("load", "administrator", {"plan": plan, "templates": {}})]
    template(campaign, OVERDUE)
    load_again(campaign, "王科长", dry_run=True)
    load_again(campaign, "王科长")
    load_again(campaign, "李科长")
    texts = {"plan": plan, "templates": {"zh/overdue.j2": digest(OVERDUE)}}
    assert loads(campaign)[1:] == [("load", "王科长", texts)]
    assert verify(campaign.store).whole


def test_a_text_that_was_changed_and_not_loaded_is_recorded_by_the_next_pass(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path)
    template(campaign, OVERDUE)
    campaign.watch("2020-04-03T09:00")
    campaign.watch("2020-04-03T09:15")
    template(campaign, f"{OVERDUE}。")
    campaign.watch("2020-04-03T09:30")
    found = [(act, author, texts["templates"]) for act, author, texts in loads(campaign)[1:]]
    assert found == [
        ("texts", "pucha", {"zh/overdue.j2": digest(OVERDUE)}),
        ("texts", "pucha", {"zh/overdue.j2": digest(f"{OVERDUE}。")}),
    ]
    load_again(campaign, "王科长")
    load_again(campaign, "李科长")
    assert [(act, author) for act, author, _ in loads(campaign)[3:]] == [("load", "王科长")]


def test_a_name_that_tells_of_a_respondent_loads_nothing(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path)
    with pytest.raises(RespondentsData):
        load_again(campaign, "13812345678")
    assert len(loads(campaign)) == 1


def test_the_command_names_whoever_is_given_and_else_the_user_of_the_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = Clerk(tmp_path, capsys, monkeypatch)
    clerk.load(without_codes(TWO_PHASES), UNITS)
    clerk.file("units.csv", UNITS + "130103,辛县\n")
    assert clerk("load", "--units", "units.csv", "--by", "王科长").code == 0
    clerk("audit", "export", "trail.jsonl")
    lines = (tmp_path / "trail.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    authors = [json.loads(line)["author"] for line in lines if json.loads(line)["act"] == "load"]
    assert authors == [getpass.getuser(), "王科长"]
