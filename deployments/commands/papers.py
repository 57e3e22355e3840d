"""pucha papers | sign | return: what waits for a person's signature."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from deployments.commands.acting import act_by, code_sent
from deployments.console import AS_JSON, UNIT, answer, iso, read_store, say, short, table
from models.wording import Lang, Said

if TYPE_CHECKING:
    from tasks.papers.lists import PaperListed

PAPER = click.argument("paper", metavar="PAPER")
BY = click.option("--by", "author", required=True, metavar="NAME", help="签发人姓名。 The signer's name.")
AT = click.option("--as-of", "as_of", metavar="T", help="此事的时刻，默认此刻。 When it is done, now by default.")
STATE = {
    "draft": Said("待签", "draft"),
    "signed": Said("已签发", "signed"),
    "returned": Said("已退回", "returned"),
    "withdrawn": Said("已撤回", "withdrawn"),
}
WHY = {
    "met": Said("事项已办结", "the duty is met"),
    "waived": Said("事项已免予办理", "the duty is waived"),
    "extended": Said("事项已延期", "the duty is extended"),
    "withdrawn": Said("不再要求", "no longer owed"),
    "moved": Said("期限已按新方案调整", "the plan gives it a new date"),
    "recoded": Said("区划已变更，已另拟新稿", "divisions were changed, and another draft takes its place"),
    "merged": Said("单位已合并", "the office merged into another"),
    "split": Said("单位已分设", "the office was split"),
}


@click.command()
@UNIT
@click.option("--state", type=click.Choice(list(STATE)), help="只列这一状态。 Only those in this state.")
@click.option("--show", "shown", metavar="PAPER", help="显示全文。 Show one in full.")
@AS_JSON
def papers(unit: str | None, state: str | None, shown: str | None, as_json: bool) -> int:
    """列出文稿：待签、已签发、已退回、已撤回。 Papers that wait for a signature, and what became of the others."""
    from models.rules.papers.papers import read_paper_number
    from tasks.papers.lists import list_papers, show_paper

    store = read_store()
    lang = store.settings.lang
    if shown is not None:
        one, sheet = show_paper(store, read_paper_number(shown))
        if as_json:
            answer({**_data(one), "text": sheet})
        else:
            say(sheet)
            say(f"\n{one.id} {STATE[one.state].in_language(lang)} {_about(one, lang)}".rstrip())
        return 0
    found = list_papers(store, unit, state)
    if as_json:
        answer([_data(one) for one in found])
        return 0
    columns = (
        Said("编号", "id"),
        Said("题名", "title"),
        Said("签发人", "signer"),
        Said("拟稿", "drafted"),
        Said("状态", "state"),
        Said("说明", "note"),
    )
    rows = [
        (one.id, one.title, one.signer, short(one.made), STATE[one.state].in_language(lang), _about(one, lang))
        for one in found
    ]
    table(columns, rows, lang)
    return 0


def _about(one: PaperListed, lang: Lang) -> str:
    """What became of a paper, in a few words."""
    when = short(one.settled)
    if one.state == "signed":
        return " ".join(part for part in (one.number or "", when) if part)
    if one.state == "returned":
        return Said(f"{one.settled_by}：{one.reason}", f"{one.settled_by}: {one.reason}").in_language(lang)
    if one.state == "withdrawn":
        return "、".join(
            WHY[part].in_language(lang) if part in WHY else part for part in (one.reason or "").split("、")
        )
    if one.instead_of:
        return Said(f"接替 {one.instead_of}", f"instead of {one.instead_of}").in_language(lang)
    return ""


def _data(one: PaperListed) -> dict[str, Any]:
    return {**asdict(one), "made": iso(one.made), "settled": iso(one.settled), "cases": list(one.cases)}


@click.command()
@PAPER
@BY
@click.option(
    "--code", metavar="CODE", help="发到本人渠道的验证码；不给则先发验证码。 The code; without it one is sent."
)
@AT
@AS_JSON
def sign(paper: str, author: str, code: str | None, as_of: str | None, as_json: bool) -> int:
    """签发：先取验证码，再凭验证码签。 Sign a paper: first without a code, which sends one, then with it."""
    from models.rules.papers.papers import read_paper_number
    from tasks.papers.codes import CodeSent
    from tasks.papers.signing import sign as sign_paper

    number, store = read_paper_number(paper), read_store()
    signed = sign_paper(store, number, act_by(store, author, as_of, code=code))
    lang = store.settings.lang
    if isinstance(signed, CodeSent):
        first = Said(
            f"请先用 pucha papers --show {signed.number} 核对全文。",
            f"Read it with pucha papers --show {signed.number}. ",
        )
        return code_sent(store, signed, {"paper": signed.number}, as_json, first)
    if as_json:
        answer(
            {
                "paper": signed.paper,
                "state": "signed",
                "number": signed.number,
                "by": signed.name,
                "at": iso(signed.at),
                "content_hash": signed.content_hash,
            }
        )
        return 0
    name = f"《{signed.title}》{f'（{signed.number}）' if signed.number else ''}"
    said = Said(
        f"{name}已由{signed.name}签发，下一次巡查时发出；正文不能再改",
        f"“{signed.title}”{f' ({signed.number})' if signed.number else ''} signed by {signed.name}; the next pass sends it, and its text stays as it is",
    )
    say(said.in_language(lang))
    return 0


@click.command("return")
@PAPER
@BY
@click.option("--reason", required=True, metavar="R", help="退回理由。 Why it is returned.")
@AT
@AS_JSON
def return_(paper: str, author: str, reason: str, as_of: str | None, as_json: bool) -> int:
    """退回：不签发，并注明理由。 Return a paper unsigned, with the reason."""
    from models.rules.papers.papers import read_paper_number
    from tasks.papers.signing import return_paper

    number, store = read_paper_number(paper), read_store()
    returned = return_paper(store, number, act_by(store, author, as_of, reason=reason))
    if as_json:
        answer({"paper": returned, "state": "returned", "by": author.strip(), "reason": reason.strip()})
    else:
        say(
            Said(f"文稿 {returned} 已退回，不会发出", f"paper {returned} was returned and goes to nobody").in_language(
                store.settings.lang
            )
        )
    return 0
