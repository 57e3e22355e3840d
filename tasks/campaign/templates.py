"""The texts of messages: shipped ones, and those that an office puts in their place (Jinja, sandboxed).

A file in PUCHA_HOME/templates/<zh or en>/ replaces the shipped text of the same name: notice.j2 is the frame
of a message, the others word one item each (the letters are the papers' own). An office's own text is checked when a campaign is loaded and
refused with file and line; one that fails all the same later is passed over for the shipped one, so that no
deadline is lost over a slip of the pen.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.rules.delivery.entries import Entry, Tally, by_phase, tally
from models.wording import Lang, Refusal, Said

log = logging.getLogger(__name__)
AnyEnvironment = TypeVar("AnyEnvironment", bound=Environment)

SHIPPED = Path(str(resources.files("models"))) / "templates"
FRAME = "notice"
KINDS = ("reminder", "overdue", "missing", "superior", "roll-up", "paper", "unsigned", "issued", "vacancy")
PASS_ON = "pass-on"
"""What stands before an item that the reader is to pass on."""
NAMES = (FRAME, *KINDS, PASS_ON)
LONGEST = 20_000
"""Characters that a text may make; an office's own text that makes more is at fault."""

_ROLES = {
    "owner": Said("经办人", "owner"),
    "leader": Said("办公室主任", "office leader"),
    "head": Said("领导小组组长", "head of the leading group"),
}


class Pages:
    """The texts of one language, an office's own (those there are now) before the shipped ones."""

    def __init__(self, home: Path, lang: Lang) -> None:
        self.lang: Lang = lang
        self.warnings: dict[str, Said] = {}
        self._own = _environment(home / "templates" / lang, lang)
        self._shipped = _environment(SHIPPED / lang, lang, is_ours=True)
        files = {name: home / "templates" / lang / f"{name}.j2" for name in NAMES}
        self._files = {name: file for name, file in files.items() if file.exists()}
        self._templates: dict[str, Template] = {}

    def item(self, entry: Entry) -> str:
        """One item in words, on one line."""
        kind = entry.kind if entry.kind in KINDS else "overdue"
        item = self._render(kind, {"entry": entry}, _text)
        if entry.is_instead:
            item = self._render(PASS_ON, {"entry": entry}, _text) + item
        return " ".join(item.split())

    def page(self, context: Mapping[str, Any]) -> tuple[str, str]:
        """Title and body of a message."""
        title, body = self._render(FRAME, context, _title_and_body)
        return title, body

    def _render(self, name: str, context: Mapping[str, Any], read: Any) -> Any:
        if name not in self.warnings and name in self._files:
            try:
                if name not in self._templates:
                    self._templates[name] = self._own.get_template(f"{name}.j2")
                return read(self._templates[name], context)
            except Exception as fault:  # noqa: BLE001
                # An office's own text can fail in any way that Python can; the notice must go out all the same.
                said = _fault(self._files[name], fault)
                self.warnings[name] = Said(f"{said.zh}；已改用自带文本", f"{said.en}; the shipped text is used")
                log.warning("%s", self.warnings[name].in_language(self.lang))
                self._templates.pop(name, None)
        if name not in self._templates:
            self._templates[name] = self._shipped.get_template(f"{name}.j2")
        return read(self._templates[name], context)


def check_texts(home: Path) -> None:
    """Try every text that an office put in place. Refusal names each fault with file, line and cure."""
    faults: list[Said] = []
    for lang in get_args(Lang):
        folder = home / "templates" / lang
        for file in sorted(folder.glob("*")) if folder.is_dir() else []:
            if not _is_known(file, lang):
                names = "、".join(sorted(shipped.name for shipped in (SHIPPED / lang).glob("*.j2")))
                faults.append(
                    Said(
                        f"{file}：没有这种文本，可用的文件名有 {names}",
                        f"{file}: there is no such text; the names are {names.replace('、', ', ')}",
                    )
                )
                continue
            try:
                template = _environment(folder, lang).get_template(file.name)
                if file.stem in NAMES:
                    _try(template, file.stem, lang)
            except Exception as fault:  # noqa: BLE001
                faults.append(_fault(file, fault))
    if faults:
        raise Refusal("\n".join(said.zh for said in faults), "\n".join(said.en for said in faults))


def _is_known(file: Path, lang: Lang) -> bool:
    """True for a name that some text is looked for under; letter-<draft>.j2 is of one kind of draft."""
    return (SHIPPED / lang / file.name).is_file() or (file.suffix == ".j2" and file.stem.startswith("letter-"))


def _try(template: Template, name: str, lang: Lang) -> None:
    """Render a text with one entry of each kind and state that it may meet."""
    for entry in _SAMPLES:
        if name == FRAME:
            groups = [(phase, [item.title for item in items]) for phase, items in by_phase([entry])]
            context = frame_context(
                office="甲县",
                level="county",
                role="owner",
                groups=groups,
                about=tally([entry]),
                as_of=_SAMPLE_NOW,
                lang=lang,
            )
            for role, more, superior, board in (
                ("owner", 0, "试验市", None),
                ("head", 37, None, "http://x"),
                ("admin", 0, None, None),
            ):
                _title_and_body(
                    template,
                    {**context, "role": role, "more": more, "superior": superior, "board": board, "sheets": ("函",)},
                )
        elif name in (entry.kind, "overdue") or (name == PASS_ON and entry.is_instead):
            _text(template, {"entry": entry})


def frame_context(
    office: str,
    level: str,
    role: str,
    groups: Sequence[tuple[str, Sequence[str]]],
    about: Tally,
    as_of: datetime,
    lang: Lang,
) -> dict[str, Any]:
    """What the frame of a message may name; more, board, superior, number and
    sheets (signed papers, whole) are still to be set."""
    return {
        "office": office,
        "level": level,
        "role": role,
        "addressee": addressee(office, level, role, lang),
        "groups": groups,
        "headline": headline(about, lang),
        "about": about,
        "as_of": as_of,
        "more": 0,
        "board": None,
        "superior": None,
        "number": "",
        "campaign": "",
        "sheets": (),
    }


def headline(about: Tally, lang: Lang) -> str:
    """What a message is about, in figures: 逾期2项，临近期限1项."""
    s = "s" if about.letters > 1 else ""
    offices = "offices" if about.vacant > 1 else "office"
    said = (
        (about.overdue, Said(f"逾期{about.overdue}项", f"{about.overdue} overdue")),
        (about.soon, Said(f"临近期限{about.soon}项", f"{about.soon} due soon")),
        (about.below, Said(f"所辖单位逾期{about.below}项", f"{about.below} overdue below")),
        (about.instead, Said(f"请转告{about.instead}项", f"{about.instead} to pass on")),
        (about.papers, Said(f"待签文稿{about.papers}件", f"{about.papers} to sign")),
        (about.letters, Said(f"来函{about.letters}件", f"{about.letters} letter{s}")),
        (about.vacant, Said(f"{about.vacant}个单位联系不上", f"{about.vacant} {offices} out of reach")),
    )
    return Said("，", ", ").in_language(lang).join(words.in_language(lang) for count, words in said if count)


def addressee(office: str, level: str, role: str, lang: Lang) -> str:
    """Whom a message greets: 甲县人普办, 乙镇人口普查领导小组组长, 丙村普查小组, 系统管理员."""
    if role == "admin":
        return Said("系统管理员", "Administrator").in_language(lang)
    if role == "head":
        return Said(
            f"{office}人口普查领导小组组长", f"To the head of the census leading group of {office}"
        ).in_language(lang)
    if level == "village":
        return Said(f"{office}普查小组", f"To the census group of {office}").in_language(lang)
    return Said(f"{office}人普办", f"To the census office of {office}").in_language(lang)


def _text(template: Template, context: Mapping[str, Any]) -> str:
    return _short(template.render(context)).strip()


def _title_and_body(template: Template, context: Mapping[str, Any]) -> tuple[str, str]:
    module = template.make_module(dict(context))
    title = getattr(module, "title", None)
    if title is None or not str(title).strip():
        raise TemplateError("the text sets no title")
    return " ".join(str(title).split()), _short(str(module)).strip()


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise TemplateError(f"the text is longer than {LONGEST} characters")
    return text


def text_environment(home: Path, lang: Lang, *, own: bool = True) -> ImmutableSandboxedEnvironment:
    """A sandbox that looks for texts among the office's own first (unless `own` is False), then the shipped ones."""
    return _sandbox([home / "templates" / lang, SHIPPED / lang] if own else [SHIPPED / lang])


def _sandbox(folders: Sequence[Path]) -> ImmutableSandboxedEnvironment:
    return _texts_in(folders, ImmutableSandboxedEnvironment)


def _texts_in(folders: Sequence[Path], kind: type[AnyEnvironment]) -> AnyEnvironment:
    return kind(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _environment(folder: Path, lang: Lang, *, is_ours: bool = False) -> Environment:
    """What makes messages from the texts in `folder` alone: a sandbox, but for our own, which need none."""
    environment: Environment = _texts_in([folder], Environment) if is_ours else _sandbox([folder])
    environment.filters |= {
        "day": lambda moment: _day(moment, lang),
        "late": lambda entry: _late(entry, lang),
        "who": lambda entry: _who(entry.names, entry.offices, lang),
        "whom": lambda entry: _who(entry.pass_to, entry.pass_to_offices, lang),
        "role": lambda roles: _roles(roles, lang),
    }
    return environment


def _day(moment: datetime, lang: Lang) -> str:
    """A moment as offices write it: 8月5日24时 for the midnight that ends 5 August."""
    ends_a_day = moment.hour == moment.minute == 0
    day = moment - timedelta(days=1) if ends_a_day else moment
    if lang == "en":
        return f"{day.day} {day:%b} {'24:00' if ends_a_day else f'{day:%H:%M}'}"
    clock = "24时" if ends_a_day else f"{day.hour}时{f'{day.minute}分' if day.minute else ''}"
    return f"{day.month}月{day.day}日{clock}"


def _late(entry: Entry, lang: Lang) -> str:
    days = entry.days_late or 0
    return Said(
        f"已逾期{days}天" if days else "已逾期",
        f"{days} days overdue" if days > 1 else "1 day overdue" if days else "overdue",
    ).in_language(lang)


def _who(names: Sequence[str], offices: int, lang: Lang) -> str:
    """甲县、乙县、丙县等12个单位."""
    named = Said("、", ", ").in_language(lang).join(names)
    if offices <= len(names):
        return named
    return Said(f"{named}等{offices}个单位", f"{named} and others ({offices} offices)").in_language(lang)


def _roles(roles: str, lang: Lang) -> str:
    """经办人、办公室主任, from "owner,leader"."""
    named = (_ROLES[role].in_language(lang) if role in _ROLES else role for role in roles.split(","))
    return Said("、", ", ").in_language(lang).join(named)


def _fault(file: Path, fault: BaseException) -> Said:
    """Where a text fails, and what to do about it."""
    if isinstance(fault, TemplateSyntaxError):
        line: int | None = fault.lineno
    else:
        own = [frame for frame in traceback.extract_tb(fault.__traceback__) if Path(frame.filename) == file]
        line = own[-1].lineno if own else None
    place = Said(f"{file} 第 {line} 行" if line else str(file), f"{file}, line {line}" if line else str(file))
    what = str(fault) or type(fault).__name__
    return Said(
        f"{place.zh}：{what}。请改正；删去该文件即恢复自带文本",
        f"{place.en}: {what}. Mend it, or delete the file to have the shipped text back",
    )


_SAMPLE_DUE = datetime(2020, 8, 6, tzinfo=timezone(timedelta(hours=8)))
_SAMPLE_NOW = datetime(2020, 8, 7, 8, 30, tzinfo=timezone(timedelta(hours=8)))


@dataclass(frozen=True)
class _SamplePaper:
    id: str = "P00000012"
    number: str = "石人普办函〔2020〕3号"
    title: str = "关于核实甲县普查工作有关事项的函"
    signer: str = "石家庄市人普办主任"
    sheet: str = "函"


_SAMPLE = Entry(
    kind="overdue",
    title="普查经费到位",
    phase="普查准备",
    due=_SAMPLE_DUE,
    days_late=1,
    names=("甲县",),
    offices=1,
    duties=1,
    unreported=0,
    reason="到位经费未报",
    no=3,
)
_SAMPLES = tuple(
    _SAMPLE._replace(kind=kind, papers=(_SamplePaper(),), **changes)
    for kind in KINDS
    for changes in (
        {"late_below": 3, "vacant_role": "owner" if kind == "vacancy" else None},
        {
            "days_late": None,
            "late_below": 1,
            "vacant_role": "leader",
            "failed": "93000",
            "pass_to": () if kind == "vacancy" else ("甲县",),
            "pass_to_offices": 0 if kind == "vacancy" else 1,
        },
        {
            "days_late": 0,
            "names": ("甲县", "乙县", "丙县"),
            "offices": 12,
            "duties": 14,
            "unreported": 3,
            "reason": "",
            "no": None,
            "late_below": 2,
            "vacant_role": "head" if kind == "vacancy" else None,
        },
    )
)
