"""What a demonstration says on the terminal: what the document is about, how its place stands, who acts next, what to open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from deployments.commands.explain import figure_said
from deployments.console import iso, say, short, table
from deployments.demo.mailbox import Mailbox
from deployments.demo.playing import Played
from deployments.demo.synthetic import Place
from models.moments import count_down
from models.plan.model import Plan
from models.status import STANDING, RequirementStatus
from models.units import LEVEL_OF_DIGITS
from models.vocabulary import counts_of, lateness_of, recipient, state_of, timing_of
from models.wording import Lang, Said

if TYPE_CHECKING:
    from tasks.judging.explain import Explanation
    from tasks.judging.status import Statuses

MOST_REQUIREMENTS = 12
MOST_NEXT = 5
_MOST_FIGURES = 6
_NOTHING = Said("", "")
_SYNTHETIC = Said(
    "区划为2020年6月30日的真实代码。{document}载明的合计取自原文，其余数字、日期和各地情况均为合成数据，登记册备注栏逐行注明。",
    "The divisions are the real ones of 30 June 2020. Totals that {document} states are its own; every other figure, date and"
    " office's state is synthetic, as the notes of the lists say row by row.",
)


def show(place: Place, played: Played, mailbox: Mailbox, lang: Lang) -> None:
    """Everything that a clerk would want to read first."""
    from tasks.judging.status import read_statuses

    found = read_statuses(played.store, place.unit, played.as_of)
    _show_heading(place, played, found, lang)
    _show_headlines(place, played, found, lang)
    _show_standing(played, found, lang)
    _show_next(place, played, found, lang)
    totals = Said(
        f"收到报表 {played.reports} 份、{played.rows} 行（退回 {played.refused} 行）；送达通知 {played.notices} 份；用时 {played.seconds:.0f} 秒",
        f"{played.reports} reports, {played.rows} rows ({played.refused} refused); {played.notices} notices delivered; {played.seconds:.0f} s",
    )
    say(totals.in_language(lang))
    if mailbox.taken:
        said = Said(
            f"  演示信箱  {mailbox.address}（{mailbox.taken}条通知的全文，演示停止后不再保留）",
            f"  mailbox   {mailbox.address} (the text of {mailbox.taken} notices, gone when this ends)",
        )
        say(said.in_language(lang))
    say(f"  {Said('数据目录', 'data    ').in_language(lang)}  {played.store.home}")


def _show_heading(place: Place, played: Played, found: Statuses, lang: Lang) -> None:
    status = found.of(limit=1)
    moment = f"{played.as_of:%Y-%m-%d %H:%M}"
    heading = Said(f"{place.title_zh}  截至 {moment}", f"{place.title_en}  as of {moment}")
    until = count_down(status.standard_time, status.as_of, lang)
    say()
    say(f"{heading.in_language(lang)}  {until}", bold=True)
    above = [status.superior] if status.superior else []
    further = played.store.further_superiors()
    names = {one["unit"]: one["name"] for one in played.store.units().iter_rows(named=True)}
    above += [(code, names.get(code, code)) for unit, code in _pairs(further) if unit == place.unit]
    if above:
        listed = Said("、", ", ").in_language(lang).join(f"{name}（{code}）" for code, name in above)
        say(f"{Said('直接上级：', 'answers to: ').in_language(lang)}{listed}")
    document = place.document_zh if lang == "zh" else "the document"
    say(_SYNTHETIC.in_language(lang).format(document=document))
    if place.remark is not None:
        say(place.remark.in_language(lang))


def _pairs(further: Any) -> Iterator[tuple[str, str]]:
    for row in further.iter_rows(named=True):
        yield row["unit"], row["superior"]


# ---- what the document is about


def _show_headlines(place: Place, played: Played, found: Statuses, lang: Lang) -> None:
    """The duties that the document is about: each with its reason and the figures behind it, as `pucha explain` has them; of
    one that offices below owe, how many of them have met it."""
    from tasks.judging.explain import explain

    say()
    say(Said("文件所述", "What the document is about").in_language(lang), bold=True)
    counted = {one.key: one for one in found.requirements(started_only=False)}
    level_of = {one.key: one.judged_at for one in played.store.plan().requirements}
    own = LEVEL_OF_DIGITS[len(place.unit)]
    for headline in place.headlines:
        unit, key = headline.split("/") if "/" in headline else (place.unit, headline)
        if unit == place.unit and level_of[key] != own:
            _show_counted(counted[key], lang)
            continue
        for one in explain(played.store, unit, key, played.as_of):
            _show_headline(one, place, lang)


def _show_counted(one: RequirementStatus, lang: Lang) -> None:
    owed = one.met + one.unmet + one.unreported
    met = Said(f"{owed}个单位中{one.met}个达标", f"{one.met} of {owed} offices have met it").in_language(lang)
    number = f" {one.example.no}" if one.example and one.example.no else ""
    say(f"·{number} {one.title}：{met}")
    if one.example:
        such = Said("如", "such as ").in_language(lang)
        say(f"    {such}{one.example.unit_name}：{one.example.reason.in_language(lang)}")


def _show_headline(one: Explanation, place: Place, lang: Lang) -> None:
    duty = one.duty
    whose = "" if duty.unit == place.unit else f"{duty.unit_name} "
    number = f" {duty.no}" if duty.no else ""
    period = f"（{duty.period_text.in_language(lang)}）" if duty.period else ""
    due = (
        Said(f"，期限{short(duty.due)}", f", due {short(duty.due)}")
        if duty.standing != "met" and duty.due
        else Said("", "")
    )
    say(f"·{number} {whose}{duty.title}{period}：{STANDING[duty.standing].in_language(lang)}{due.in_language(lang)}")
    reason = duty.reason.in_language(lang)
    if reason:
        say(f"    {reason}")
    # the day of a first course is counted from the standard time and says nothing by itself
    told = [
        each
        for each in one.figures
        if each.unit != "天" and each.value is not None and (each.decimals is not None or each.title not in reason)
    ]
    figures = [f"{each.title if lang == 'zh' else f'{each.id} '}{figure_said(each, lang)}" for each in told]
    if figures:
        say(f"    {Said('，', ', ').in_language(lang).join(figures[:_MOST_FIGURES])}")
    if one.compared and not reason:
        say(f"    {one.compared.in_language(lang)}")


# ---- how the place stands


def _show_standing(played: Played, found: Statuses, lang: Lang) -> None:
    status = found.of(limit=1)
    begun = {phase.id for phase in status.phases if phase.starts <= played.as_of}
    rows = [
        (
            p.title,
            state_of(p).in_language(lang),
            f"{p.starts:%Y-%m-%d}",
            short(p.ends),
            f"{p.met}/{p.owed}",
            p.overdue or "",
        )
        for p in status.phases
        if p.id in begun and p.owed
    ]
    columns = (
        Said("阶段", "phase"),
        Said("状态", "state"),
        Said("起", "from"),
        Said("止", "to"),
        Said("达标", "met"),
        Said("逾期", "overdue"),
    )
    table(columns, rows, lang)
    plan = played.store.plan()
    timely = {one.id for one in plan.sets if any(key.split(".")[0] in begun for key in one.requirements)}
    sets = [(one.title, f"{one.met}/{one.owed}") for one in status.sets if one.owed and one.id in timely]
    if sets:
        table((Said("条件组", "set"), Said("已齐备", "complete")), sets, lang)
    _show_requirements(found.requirements(), lang)
    stop = Said("。", ".").in_language(lang)
    for told in (lateness_of(status.phases, status.as_of), counts_of(status.phases)):
        say(told.in_language(lang) + stop)


def _show_requirements(asked: Sequence[RequirementStatus], lang: Lang) -> None:
    rows: list[tuple[str, ...]] = []
    lacking = [one for one in asked if one.example is not None]
    for one in lacking[:MOST_REQUIREMENTS]:
        duty = one.example
        assert duty is not None
        counts = Said(
            f"{STANDING['unmet'].in_language(lang)} {one.unmet}，{STANDING['unreported'].in_language(lang)} {one.unreported}",
            f"{one.unmet} unmet, {one.unreported} unreported",
        ).in_language(lang)
        rows.append(
            (
                Said(f"{one.phase_title}：{one.title}", one.key).in_language(lang),
                counts,
                f"{short(duty.due)} {timing_of(duty, lang)}",
                f"{duty.unit_name}：{duty.reason.in_language(lang)}",
            )
        )
    headings = (
        Said("未达标的要求", "not met"),
        Said("单位数", "offices"),
        Said("期限", "due"),
        Said("如", "for instance"),
    )
    table(headings, rows, lang)
    more = len(lacking) - len(rows)
    if more:
        say(
            Said(
                f"另有{more}项要求未全部达标，见 pucha status。", f"{more} more are not met: see pucha status."
            ).in_language(lang)
        )


# ---- who acts next


def _show_next(place: Place, played: Played, found: Statuses, lang: Lang) -> None:
    """Whose turn it is: who signs what waits, and who settles what is late or soon due; then what to open for it."""
    say()
    say(Said("下一步由谁办", "Who acts next").in_language(lang), bold=True)
    lines = [*_signers(place, played, lang), *_owners(played.store.plan(), found.requirements(), lang)]
    for line in lines or [Said("目前没有需要办理的事项。", "Nothing is to be done now.").in_language(lang)]:
        say(f"· {line}")


def _signers(place: Place, played: Played, lang: Lang) -> Iterator[str]:
    from tasks.papers.lists import list_papers

    papers = list_papers(played.store, place.unit, None)
    for one in (one for one in papers if one.state == "signed"):
        said = Said(
            f"《{one.title}》（{one.id}）已由{one.signer}签发，全文：pucha papers --show {one.id}",
            f"“{one.title}” ({one.id}) was signed by {one.signer}; its text: pucha papers --show {one.id}",
        )
        yield said.in_language(lang)
    drafts = [one for one in papers if one.state == "draft"]
    if drafts:
        first, signers = drafts[0], Counter(one.signer for one in drafts)
        others = Said(f"等{len(signers)}人", f" and {len(signers) - 1} more") if len(signers) > 1 else Said("", "")
        said = Said(
            f"{first.signer}{others.zh}：{len(drafts)}件文稿待签，如《{first.title}》（{first.id}）。全部文稿：pucha papers",
            f"{first.signer}{others.en}: {len(drafts)} papers wait for a signature, such as “{first.title}” ({first.id}); all of them: pucha papers",
        )
        yield said.in_language(lang)


def _owners(plan: Plan, asked: Sequence[RequirementStatus], lang: Lang) -> Iterator[str]:
    pressing = [one for one in asked if one.example is not None and one.example.timing in ("overdue", "due_soon")]
    for one in pressing[:MOST_NEXT]:
        duty = one.example
        assert duty is not None
        requirement = next(each for each in plan.requirements if each.key == one.key)
        rungs = plan.ladders[requirement.ladder or ""].rungs
        whom = recipient(rungs[0].to[0], plan, lang).removeprefix("本单位")
        # of a report that comes again and again, only those whose turn is over are late
        count = one.overdue if duty.timing == "overdue" else one.unmet + one.unreported
        others = Said(f"等{count}个单位", f" and {count - 1} more") if count > 1 else Said("", "")
        said = Said(
            f"{duty.unit_name}{others.zh}{whom}：{one.title}，期限{short(duty.due)}，{timing_of(duty, 'zh')}。"
            f"pucha explain {duty.unit} {duty.no or one.key}",
            f"{duty.unit_name}{others.en}, {whom}: {one.title}, due {short(duty.due)} ({timing_of(duty, 'en')}); "
            f"pucha explain {duty.unit} {duty.no or one.key}",
        )
        yield said.in_language(lang)


def say_what_to_open(place: Place, played: Played, lang: Lang, *, is_served: bool) -> None:
    """Which page to open; on its own, the commands that read what this campaign has, and that show its boards later."""
    from tasks.papers.lists import list_papers

    first = place.headlines[0].split("/")[-1]
    phase = played.store.plan().phase(first.split(".")[0])
    page = phase.title if phase else ""
    at = f"{played.as_of:%Y-%m-%dT%H:%M}"
    if is_served:
        told = (
            Said("；通知全文在演示信箱", "; the text of every notice is in the mailbox") if played.notices else _NOTHING
        )
        said = Said(
            f"启动后打开下面的进度看板，先看“{page}”一页{told.zh}。",
            f"When it runs, open the board below and its page “{page}” first{told.en}.",
        )
        say(said.in_language(lang))
        return
    home = f"PUCHA_HOME={played.store.home}"
    no = next((one.no for one in played.store.plan().requirements if one.key == first), None)
    papers = list_papers(played.store, place.unit, None)
    commands = (
        (Said("看一项要求", "one duty"), f"{home} pucha explain {place.unit} {no or first} --as-of {at}", True),
        (Said("看文稿", "papers"), f"{home} pucha papers", bool(papers)),
        (Said("看通知全文", "notices"), f"{home} pucha notices --text --limit 5", played.notices > 0),
        (Said("打开进度看板", "the boards"), f"{home} pucha up --as-of {at}", True),
    )
    for what, command, is_there in commands:
        if is_there:
            say(f"  {what.in_language(lang)}  {command}")


def data(place: Place, played: Played, mailbox: Mailbox) -> dict[str, Any]:
    """The same for programs."""
    from tasks.judging.status import read_statuses
    from tasks.papers.lists import list_papers

    found = read_statuses(played.store, place.unit, played.as_of)
    status = found.of(limit=1)
    papers = Counter(one.state for one in list_papers(played.store, place.unit, None))
    return {
        "place": place.id,
        "as_of": iso(played.as_of),
        "synthetic": True,
        "home": str(played.store.home),
        "reports": played.reports,
        "rows": played.rows,
        "rejected": played.refused,
        "delivered": played.notices,
        "letters": mailbox.taken,
        "papers": dict(papers),
        "not_met": status.not_met,
        "overdue": status.overdue,
        "seconds": round(played.seconds, 2),
        "phases": [
            {
                "id": p.id,
                "state": p.state,
                "met": p.met,
                "unmet": p.unmet,
                "unreported": p.unreported,
                "overdue": p.overdue,
            }
            for p in status.phases
        ],
        "requirements": [
            {
                "requirement": r.key,
                "title": r.title,
                "met": r.met,
                "unmet": r.unmet,
                "unreported": r.unreported,
                "overdue": r.overdue,
                "example": r.example.reason.en if r.example else None,
            }
            for r in found.requirements()
        ],
    }
