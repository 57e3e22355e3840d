"""Texts: a notice as its reader gets it, on a phone, in the office's words (Jinja, sandboxed).

An office may put a text of its own into PUCHA_HOME/templates/<language>/; what is there is checked when
it is loaded and used instead of the shipped one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import Connection, bindparam, text

from models.plan import Plan, Requirement
from models.rules.policy import read_policy
from models.wording import Lang, Refusal
from tasks.channels import Message
from tasks.store import Store

SHIPPED = Path(__file__).parent.parent / "deployments" / "templates"
MOST_NAMES = 5


def notice_number(notice_id: int) -> str:
    """The number that a notice carries in every message and listing."""
    return f"N{notice_id:08d}"


@dataclass(frozen=True)
class Line:
    """One line of a notice, with everything that its text may name."""

    kind: str
    rung: str
    unit: str
    unit_name: str
    phase: str
    title: str
    no: int | None
    due: datetime
    days_late: int
    standing: str
    reason: str
    late_below: int | None = None
    vacant_role: str | None = None
    if_unknown: str = "resend"


@dataclass(frozen=True)
class Entry:
    """What the text says in one item: one duty of one office, or the same duty of several."""

    kind: str
    title: str
    phase: str
    due: datetime
    days_late: int
    reason: str
    names: tuple[str, ...]
    count: int
    late_below: int | None
    vacant_role: str | None
    standing: str


class Texts:
    """Turns the lines of a notice into a message."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lang: Lang = store.settings.lang
        self.plan: Plan = store.plan()
        self._names: dict[str, str] = {}

    @cached_property
    def _template(self) -> Any:
        own: list[BaseLoader] = [FileSystemLoader(self.store.home / "templates" / self.lang)]
        environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([*own, FileSystemLoader(SHIPPED / self.lang)]),
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        environment.globals["before"] = self._before
        try:
            return environment.get_template("notice.j2")
        except TemplateError as fault:
            raise Refusal(f"通知文本 notice.j2 有误：{fault}", f"the text notice.j2 cannot be used: {fault}") from fault

    def lines(self, connection: Connection, notices: Sequence[int]) -> dict[int, list[Line]]:
        """The live lines of each notice, worst first."""
        query = text(
            "SELECT l.notice_id, l.kind, l.rung, l.rung_no, l.about, c.unit, c.requirement, c.due, p.text AS policy, u.name"
            " FROM notice_lines l JOIN cases c ON c.id = l.case_id JOIN policies p ON p.id = c.policy"
            " LEFT JOIN units u ON u.code = c.unit WHERE l.state = 'live' AND l.notice_id IN :ids ORDER BY l.id"
        ).bindparams(bindparam("ids", expanding=True))
        requirements = {requirement.key: requirement for requirement in self.plan.requirements}
        found: dict[int, list[Line]] = {}
        for row in connection.execute(query, {"ids": list(notices)}):
            found.setdefault(row.notice_id, []).append(self._line(row, requirements))
        return found

    def _line(self, row: Any, requirements: Mapping[str, Requirement]) -> Line:
        about = json.loads(row.about)
        requirement = requirements.get(row.requirement)
        phase = self.plan.phase(row.requirement.split(".", 1)[0])
        rung = read_policy(row.policy).rungs[row.rung_no]
        due = datetime.fromtimestamp(row.due / 1_000_000, self.plan.zone)
        return Line(
            row.kind, row.rung, row.unit, row.name or row.unit, phase.title if phase else "",
            requirement.title if requirement else row.requirement, requirement.no if requirement else None, due, 0,
            about.get("standing", "unmet"), about.get(f"reason_{self.lang}") or "", about.get("late_below"),
            about.get("vacant_role"), rung.if_unknown,
        )  # fmt: skip

    def message(
        self, notice_id: int, unit: str, role: str, lines: Sequence[Line], repeat: bool, now: datetime | None = None
    ) -> Message:
        """The message for one person: title and body, short enough for a phone."""
        entries = gather_entries(lines, now)
        most = self.store.settings.lines_a_message
        context = {
            "office": self._name(unit),
            "role": role,
            "groups": _by_phase(entries[:most]),
            "more": max(len(entries) - most, 0),
            "overdue": sum(entry.count for entry in entries if entry.days_late >= 0 and entry.kind != "reminder"),
            "total": sum(entry.count for entry in entries),
            "superior": self._superior_name(unit),
            "board": self.store.settings.board_url,
            "number": notice_number(notice_id),
            "campaign": self.plan.title,
        }
        try:
            module = self._template.make_module(context)
            body, title = str(module).strip(), str(module.title).strip()
        except (TemplateError, AttributeError) as fault:
            raise Refusal(f"通知文本 notice.j2 有误：{fault}", f"the text notice.j2 cannot be used: {fault}") from fault
        return Message(notice_number(notice_id), title, body, repeat, self.lang)

    def _before(self, moment: datetime) -> str:
        """The day that ends at `moment`."""
        day = moment - timedelta(days=1)
        return f"{day.month}月{day.day}日" if self.lang == "zh" else f"{day:%d %b}"

    def _name(self, unit: str) -> str:
        if not unit:
            return "系统管理员" if self.lang == "zh" else "administrator"
        if unit not in self._names:
            found = self.store.unit(unit)
            self._names[unit] = found[1] if found else unit
        return self._names[unit]

    def _superior_name(self, unit: str) -> str | None:
        key = f"above {unit}"
        if unit and key not in self._names:
            with self.store.reading() as connection:
                query = "SELECT s.name FROM units u JOIN units s ON s.code = u.superior WHERE u.code = :code"
                self._names[key] = connection.execute(text(query), {"code": unit}).scalar() or ""
        return self._names.get(key) or None


def _by_phase(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.phase, []).append(entry)
    return list(groups.items())


def gather_entries(lines: Sequence[Line], now: datetime | None) -> list[Entry]:
    """Lines about one duty of several offices become one entry; phases together, worst first."""
    groups: dict[tuple[str, str, str, datetime], list[Line]] = {}
    for line in lines:
        own = line.kind in ("superior", "paper", "vacancy")
        groups.setdefault(
            (line.phase, line.title, line.kind if own else f"{line.kind}{line.unit}", line.due), []
        ).append(line)
    entries = []
    for group in groups.values():
        first = group[0]
        names = tuple(dict.fromkeys(line.unit_name for line in group))
        late = -1 if now is None or now < first.due else (now - first.due).days
        entries.append(
            Entry(first.kind, first.title, first.phase, first.due, late, first.reason if len(group) == 1 else "",
                  names[:MOST_NAMES], len(group), first.late_below, first.vacant_role, first.standing)
        )  # fmt: skip
    order = {phase: place for place, phase in enumerate(dict.fromkeys(line.phase for line in lines))}
    return sorted(entries, key=lambda entry: (order[entry.phase], -entry.days_late))
