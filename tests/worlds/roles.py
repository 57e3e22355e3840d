"""A campaign whose plan declares roles: a list of departments, a roster, and contacts who answer for parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from standins.webhook import JsonSink
from worlds.campaign import Campaign, at, make_campaign
from worlds.plans import FRAME, phase

from tasks.intake.intake import AsRows, take_in
from tasks.intake.receipts import Receipt

ROLES = "roles: {recheck: 问题清单接收专人, liaison: 部门联络员, deputy: 分管负责人}\n"
REGISTERS = """registers:
  departments:
    title: 成员单位
    kept_by: county
    key: [code, department]
    columns:
      department: {title: 部门, one_of: {police: 公安, health: 卫健}}
      duties_issued: {title: 职责分工印发, type: date}
  roster:
    title: 值班表
    kept_by: county
    key: [code, starts]
    on_occasion: yes
    columns:
      starts: {title: 起, type: moment}
      ends: {title: 止, type: moment}
      seat: {title: 值班号, type: number}
"""
LADDERS = """ladders:
  recheck:
    - {id: overdue, at: +0d, to: [unit.recheck]}
  liaison:
    - {id: overdue, at: +0d, to: [unit.liaison, superior.deputy]}
  both:
    - {id: overdue, at: +0d, to: [unit.owner, unit.on_duty, superior.owner, superior.deputy]}
  duty:
    - {id: overdue, at: +0d, to: [unit.on_duty]}
"""
NAMED = '{id: named, title: 指定专人, judged_at: county, met_when: "holders_recheck >= 1", due: 2020-08-05, ladder: recheck}'
ISSUED = (
    "{id: issued, title: 部门职责印发, judged_at: county, ladder: liaison, due: 2020-08-05,"
    ' each: {register: departments, by: department}, met_when: "duties_issued is not null"}'
)
LIAISON = (
    "{id: officer, title: 部门有联络员, judged_at: county, ladder: recheck, due: 2020-08-05,"
    ' each: {register: departments, by: department}, met_when: "holders_liaison >= 1"}'
)
GAUGED = '{id: gauged, title: 数据上报, judged_at: county, met_when: "figures >= 1", due: 2020-08-05, ladder: duty}'


def plan(*requirements: str) -> str:
    figures = "indicators:\n  figures: {title: 上报数, level: county, roll_up: sum, min: 0}\n"
    phases = "phases:\n" + phase("field", "外业", "2020-07-01", "2020-10-31", requirements, hours="always")
    return FRAME + ROLES + figures + REGISTERS + LADDERS + phases


@dataclass
class Roles:
    """The campaign and where its messages arrive."""

    campaign: Campaign
    sink: JsonSink

    def watch(self, moment: str) -> list[str]:
        """One whole pass; who got a message, in alphabetical order."""
        before = len(self.sink.accepted)
        owed, _ = self.campaign.watch(moment)
        assert owed.aside == ()
        return sorted(message.to.strip("/") for message in self.sink.accepted[before:])

    def report(self, register: str, rows: str, as_of: str) -> Receipt:
        file = self.campaign.folder / f"{register}-{as_of[:10]}-{len(rows)}.csv"
        file.write_text(rows, encoding="utf-8")
        return take_in(self.campaign.store, file, at(as_of), "试验", at(as_of), as_rows=AsRows(register))


@contextmanager
def telling(folder: Path, *requirements: str, contacts: str, **settings: object) -> Iterator[Roles]:
    """contacts: `unit role for seat` a line, - for none; everybody's channel and name are `unit/role`, or what stands behind."""
    with JsonSink() as sink:
        rows = []
        for line in contacts.strip().splitlines():
            unit, role, only_for, seat, *name = line.split()
            who = name[0] if name else f"{unit}-{role}"
            answers, number = (part if part != "-" else "" for part in (only_for.replace("+", " "), seat))
            rows.append(f"{unit},{role},{who},{sink.json_url(who)},{answers},{number}\n")
        campaign = make_campaign(
            folder,
            plan=plan(*requirements),
            contacts="unit,role,name,channel,for,seat\n" + "".join(rows),
            admin_channel=sink.json_url("admin"),
            **settings,
        )
        try:
            yield Roles(campaign, sink)
        finally:
            campaign.store.engine.dispose()
