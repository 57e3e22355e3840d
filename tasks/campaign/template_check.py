"""The check of an office's own texts: each is tried with whatever it may meet, before it is in force."""

from __future__ import annotations

import re
from ast import literal_eval
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import Path
from typing import get_args

from models.demands import forbidden_in
from models.rules.delivery.entries import Entry, by_phase, tally
from models.wording import Lang, Refusal, Said
from tasks.campaign.own_texts import OwnTexts
from tasks.campaign.template_words import frame_context
from tasks.campaign.templates import FRAME, KINDS, NAMES, PASS_ON, SHIPPED

_MOST_BYTES = 200_000
_MARKS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
"""What Jinja reads of a text; the rest is said as it stands."""
_REMARKS = re.compile(r"\{#.*?#\}", re.DOTALL)
_PRINTED = re.compile(r"\{\{(.*?)\}\}|\{%-?\s*set\b(.*?)%\}", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_BROKEN = re.compile(r"(?<![。；：！？.;:!?}])[ \t]*\n\s*")
"""A line that breaks off within a sentence."""
_SAMPLE_DUE = datetime(2020, 8, 6, tzinfo=timezone(timedelta(hours=8)))
_SAMPLE_NOW = datetime(2020, 8, 7, 8, 30, tzinfo=timezone(timedelta(hours=8)))


@dataclass(frozen=True)
class _SamplePaper:
    id: str = "P00000012"
    number: str = "石人普办函〔2020〕3号"
    title: str = "关于核实甲县普查工作有关事项的函"
    signer: str = "石家庄市人普办主任"
    sheet: str = "函"
    is_letter: bool = True


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
    last_due=_SAMPLE_DUE,
)
_SAMPLES = tuple(
    _SAMPLE._replace(kind=kind, papers=(_SamplePaper(),), **changes)
    for kind in KINDS
    for changes in (
        {
            "late_below": 3,
            "vacant_role": "owner" if kind == "vacancy" else None,
            "untold": "owner" if kind == "vacancy" else None,
        },
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


def check_texts(home: Path) -> None:
    """Try every text that an office put in place. Refusal names each fault with file, line and cure."""
    faults: list[Said] = []
    for lang in get_args(Lang):
        folder = home / "templates" / lang
        texts = OwnTexts([folder, SHIPPED / lang], lang)
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
            if not file.is_file() or file.stat().st_size > _MOST_BYTES:
                faults.append(
                    Said(
                        f"{file}：不是普通文件或过大，请改正或删去",
                        f"{file} is no plain file, or too large; mend or delete it",
                    )
                )
                continue
            try:
                rendered = _try(texts, file, lang)
            except Refusal as fault:
                faults.append(fault.said)
                continue
            faults += _unlawful(file) or _unlawful_as_read(file, rendered)
    if faults:
        raise Refusal("\n".join(said.zh for said in faults), "\n".join(said.en for said in faults))


def _unlawful(file: Path) -> list[Said]:
    """What a text says by itself that no office may be sent, with the line and the word."""
    bare = _MARKS.sub(lambda mark: "\n" * mark[0].count("\n"), file.read_text(encoding="utf-8"))
    found = [(number, forbidden_in(line)) for number, line in enumerate(bare.splitlines(), 1)]
    return [
        Said(
            f"{file.name} 第 {number} 行的“{one.word}”：{one.why.zh}；请改写该行，或删去该文件即恢复自带文本",
            f"{file.name}, line {number}, “{one.word}”: {one.why.en}; word the line otherwise, or delete the file",
        )
        for number, one in found
        if one is not None
    ]


def _unlawful_as_read(file: Path, rendered: list[str]) -> list[Said]:
    """The same of what stands in no line by itself: put together by Jinja, or broken into two lines."""
    for text in (_put_together(file.read_text(encoding="utf-8")), *rendered):
        one = forbidden_in(_BROKEN.sub("", unescape(text)))
        if one is not None:
            return [
                Said(
                    f"{file.name} 拼成的文字中有“{one.word}”：{one.why.zh}；请改写，或删去该文件即恢复自带文本",
                    f"{file.name} puts together “{one.word}”: {one.why.en}; word it otherwise, or delete the file",
                )
            ]
    return []


def _put_together(source: str) -> str:
    """A text with what Jinja prints of quoted words in place of its marks."""
    printed = _PRINTED.sub(
        lambda mark: "".join(_unquoted(one) for one in _QUOTED.findall(mark[1] or mark[2])),
        _REMARKS.sub("", source),
    )
    return _MARKS.sub("", printed)


def _unquoted(word: str) -> str:
    try:
        return str(literal_eval(word))
    except (SyntaxError, ValueError):  # Jinja takes what Python does not, such as a line break within quotes
        return word[1:-1]


def _is_known(file: Path, lang: Lang) -> bool:
    """True for a name that some text is looked for under; letter-<draft>.j2 is of one kind of draft."""
    return (SHIPPED / lang / file.name).is_file() or (file.suffix == ".j2" and file.stem.startswith("letter-"))


def _try(texts: OwnTexts, file: Path, lang: Lang) -> list[str]:
    """A text rendered with one entry of each kind and state that it may meet; the text of a paper is read alone."""
    name, rendered = file.stem, list[str]()
    if name not in NAMES:
        texts.make([file.name], "read", {})
        return rendered
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
                said = {"role": role, "more": more, "superior": superior, "board": board, "sheets": ("函",)}
                rendered += texts.make([file.name], "message", {**context, **said})
        elif name in (entry.kind, "overdue") or (name == PASS_ON and entry.is_instead):
            rendered.append(texts.make([file.name], "item", {"entry": entry}))
    return rendered
