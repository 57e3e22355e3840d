"""pucha explain: one duty from condition to the last notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, answer, from_micros, iso, moment, read_store, short
from models.rules.trail import why_ended
from models.survey import STANDING, TIMING

if TYPE_CHECKING:
    from tasks.explain import Explanation
    from tasks.store import Store


@click.command()
@click.argument("unit")
@click.argument("requirement")
@AS_OF
@AS_JSON
def explain(unit: str, requirement: str, as_of: str | None, as_json: bool) -> int:
    """说明一项要求：条件和数字、告知过谁、接下来怎样。 The condition with its figures, who was told what and when, what comes next."""
    from tasks.explain import explain as explain_duty

    store = read_store()
    found = explain_duty(store, unit, requirement, moment(store, as_of))
    if as_json:
        data = [_data(store, one) for one in found]
        answer(data[0] if len(data) == 1 else {**data[0], "periods": data})
    else:
        for one in found:
            _show(store, one)
    return 0


def _data(store: Store, one: Explanation) -> dict[str, Any]:
    duty, lang = one.duty, store.settings.lang

    def at(micros: int | None) -> str | None:
        return from_micros(store, micros)

    case = one.case
    return {
        "unit": duty.unit, "unit_name": duty.unit_name, "phase": duty.phase, "requirement": duty.requirement, "title": duty.title,
        "period": duty.period or None, "due": iso(duty.due), "standing": duty.standing, "timing": duty.timing, "reason": duty.reason.en,
        "reason_text": duty.reason.inn(lang), "waived": duty.waived, "met_when": one.condition, "source": one.source,
        "figures": [{"indicator": f.id, "title": f.title, "value": f.value, "reported": f.reported, "expected": f.expected,
                     "as_of": at(f.as_of), "by": f.author, "file": f.file} for f in one.figures],
        "case": None if case is None else {"id": case["id"], "opened": at(case["opened_at"]), "closed": at(case["closed_at"]),
                                           "closed_as": case["closed_as"], "due": at(case["due"]),
                                           "acknowledged_until": at(case["acknowledged_until"])},
        "decisions": [{**d, "at": at(d["at"]), "until": at(d["until"])} for d in one.decisions],
        "told": [{"notice": t["number"], "rung": t["rung"], "to": {"unit": t["unit"], "role": t["role"]}, "state": t["state"] if t["line_state"] == "live" else t["line_state"],
                  "owed": at(t["owed_at"] or t["created_at"]), "settled": at(t["settled_at"]), "ended": at(t["ended_at"]), "why": t["ended_why"],
                  "attempts": t["attempts"], "error": t["error"],
                  "history": [{**h, "at": at(h["at"])} for h in t["history"]]} for t in one.told],
        "untold": [{"rung": step.rung or None, "at": at(step.at), "why": step.word, "said": step.said.inn(lang)} for step in one.untold],
        "next": [{"rung": n["rung"], "at": at(n["at"]), "to": n["to"], "paper": n["paper"]} for n in one.next_rungs],
    }  # fmt: skip


def _show(store: Store, one: Explanation) -> None:
    lang, duty = store.settings.lang, one.duty
    zh = lang == "zh"

    def at(micros: int | None) -> str:
        return (from_micros(store, micros) or "")[:16].replace("T", " ")

    click.secho(
        f"{duty.unit_name}（{duty.unit}） {duty.phase_title}：{duty.title}{f'（{duty.period}）' if duty.period else ''}",
        bold=True,
    )
    standing = (
        f"{STANDING[duty.standing].inn(lang)} {TIMING[duty.timing].inn(lang)}"
        if duty.standing != "met"
        else STANDING["met"].inn(lang)
    )
    click.echo(
        f"{'期限' if zh else 'due'} {short(duty.due, lang)}  {standing}{'（已豁免）' if duty.waived and zh else ''}"
    )
    click.echo(f"{'条件' if zh else 'met when'} {one.condition}{f'  [{one.source}]' if one.source else ''}")
    for figure in one.figures:
        value = ("未报" if zh else "not reported") if figure.value is None else f"{figure.value:g}"
        told = f"（{figure.reported}/{figure.expected}）" if figure.expected > 1 else ""
        origin = f"  {at(figure.as_of)} {figure.author} {figure.file}" if figure.as_of else ""
        click.echo(f"  {figure.title} {figure.id} = {value}{told}{origin}")
    if duty.reason.inn(lang):
        click.echo(f"{'原因' if zh else 'reason'} {duty.reason.inn(lang)}")
    if one.case:
        click.echo(
            f"{'催办件' if zh else 'case'} {one.case['id']}  {at(one.case['opened_at'])} → {at(one.case['closed_at'])} {one.case['closed_as'] or ''}"
        )
    for decision in one.decisions:
        click.echo(
            f"  {at(decision['at'])} {decision['kind']} {decision['author']} {at(decision['until'])} {decision['reason'] or ''}"
        )
    for line in one.told:
        state = line["state"] if line["line_state"] == "live" else line["line_state"]
        why = why_ended(line["ended_why"])
        click.echo(
            f"  {at(line['owed_at'] or line['created_at'])} [{line['rung']}] → {line['unit']} {line['role']} {line['name'] or ''} {line['number']} {state}"
            f" {line['error'] or ''}{f'（{why.inn(lang)}）' if why else ''}"
        )
    for step in one.untold:
        click.echo(f"  {at(step.at)} {f'[{step.rung}] ' if step.rung else ''}{step.said.inn(lang)}")
    if one.next_rungs:
        click.echo("接下来" if zh else "next")
    for rung in one.next_rungs:
        click.echo(
            f"  {at(rung['at'])} [{rung['rung']}] → {'、'.join(rung['to'])}{'（拟文稿，待签发）' if rung['paper'] and zh else ''}"
        )
