"""The audit as people read it: the page on the screen, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.plans import TWO_PHASES

from deployments.cli import main
from tasks.oversight.auditor import Audited, audit
from tasks.oversight.page import audit_page


def missed(chase: Chase) -> Audited:
    """An audit of a day on which nobody watched: two counties heard nothing of what was due."""
    chase.watch("2020-08-05T09:00")
    return audit(chase.campaign.store, at("2020-08-05T12:00"), at("2020-08-06T12:00"))


def test_the_page_names_office_requirement_word_moment_and_reason_in_the_offices_words(tmp_path: Path):
    with chasing(tmp_path, plan=TWO_PHASES) as chase:
        page = audit_page(chase.campaign.store, missed(chase), at("2020-08-06T12:45"), "zh")
    assert page.key == "audit"
    assert "**核查 08-05 12:00 至 08-06 12:00 的通知台账，有出入：应发未发 2 条，多发 0 条，迟发 0 条**" in page.body
    assert (
        "| 应发未发 | 甲县 | 人均经费不低于10元 | 到期提醒（overdue） | 2020-08-06 00:00 | 到时应发，台账中没有 |"
        in page.body
    )


def test_the_page_in_english(tmp_path: Path):
    with chasing(tmp_path, plan=TWO_PHASES) as chase:
        page = audit_page(chase.campaign.store, missed(chase), at("2020-08-06T12:45"), "en")
    assert "| missing | 甲县 | 人均经费不低于10元 | the reminder, when due (overdue) | 2020-08-06 00:00 |" in page.body


def test_a_clean_audit_has_a_page_too(tmp_path: Path):
    with chasing(tmp_path, plan=TWO_PHASES) as chase:
        clean = audit(chase.campaign.store, at("2020-03-01T00:00"), at("2020-03-02T00:00"))
        page = audit_page(chase.campaign.store, clean, at("2020-03-02T00:45"), "zh")
    assert "**已核查 03-01 00:00 至 03-02 00:00 的通知台账，与应发通知一致**" in page.body
    assert "|" not in page.body


def test_the_command_tells_what_it_found_and_exits_1(tmp_path: Path, monkeypatch, capsys):
    with chasing(tmp_path, plan=TWO_PHASES) as chase:
        chase.watch("2020-08-05T09:00")
        monkeypatch.setenv("PUCHA_HOME", str(chase.campaign.store.home))
        ask = ["audit", "ledger", "--since", "2020-08-05T12:00", "--as-of", "2020-08-06T12:45"]
        with pytest.raises(SystemExit) as ended:
            main([*ask, "--json"])
        answer = json.loads(capsys.readouterr().out)
        with pytest.raises(SystemExit):
            main(ask)
    assert (ended.value.code, answer["missing"], answer["until"]) == (1, 2, "2020-08-06T12:00:00+08:00")
    assert answer["findings"][0] == {
        "kind": "missing",
        "unit": "990101",
        "requirement": "preparation.funds",
        "period": None,
        "rung": "overdue",
        "at": "2020-08-06T00:00:00+08:00",
        "reason": "should have been owed and was not",
    }
    assert "到期提醒" in capsys.readouterr().out
