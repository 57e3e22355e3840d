"""Calendar files on disk: `day,kind,name` tables, and the text of an official notice."""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path

from models.calendar.holiday_notice import ListedDay, read_notice
from models.personal import kept_words
from models.wording import Refusal
from tasks.campaign.on_disk import put_in_place

_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_KINDS = {"off": False, "work": True, "放假": False, "上班": True}
_TITLES = {"日期": "day", "类型": "kind", "名称": "name"}
_LARGEST = 1_000_000  # bytes; a year of exceptions needs about one thousand
_LONGEST_NAME = 60  # characters


def read_source(file: Path, year: int | None, *, whole_year: bool) -> tuple[int, tuple[ListedDay, ...]]:
    """The year and the days of an official notice: a CSV, or the text of the notice in any other file.

    year: as stated by whoever imports it; read from the file if None. whole_year: see `read_notice`.
    """
    if file.suffix.lower() == ".csv":
        return _read_year(file, year)
    text = read_text(file)
    try:
        return read_notice(text, year, whole_year=whole_year)
    except Refusal as refusal:
        raise Refusal(f"{file}：{refusal.said.zh}", f"{file}: {refusal.said.en}") from None


def read_days(file: Path) -> tuple[ListedDay, ...]:
    """A calendar file, in order of days. Refusal that names every faulty row; then no row is taken."""
    reader = csv.reader(StringIO(read_text(file), newline=""))
    rows = _rows(file, reader)
    header = [_TITLES.get(cell.strip(), cell.strip().lower()) for cell in rows[0][1]] if rows else []
    if header[:3] != ["day", "kind", "name"]:
        raise Refusal(f"{file} 第1行应为表头 day,kind,name", f"{file}, row 1: the header must be day,kind,name")
    found: dict[date, ListedDay] = {}
    faults: list[tuple[str, str]] = []
    for row, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            listed = _listed(cells)
            if listed.day in found:
                raise Refusal(f"{listed.day} 重复，请只保留一行", f"{listed.day} stands twice; keep one row")
            found[listed.day] = listed
        except Refusal as refusal:
            faults.append((f"{file} 第{row}行：{refusal.said.zh}", f"{file}, row {row}: {refusal.said.en}"))
    if faults:
        raise Refusal("\n".join(zh for zh, _ in faults), "\n".join(en for _, en in faults))
    return tuple(sorted(found.values()))


def write_days(file: Path, days: Iterable[ListedDay]) -> None:
    """Write a calendar file whole or not at all. Refusal if there is no room, or no right to."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("day", "kind", "name"))
    writer.writerows((day.day.isoformat(), "work" if day.works else "off", day.name) for day in sorted(days))
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_text(text.getvalue(), encoding="utf-8")
            put_in_place(unfinished, file)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as fault:
        reason = fault.strerror or "unwritable"
        raise Refusal(f"无法写入 {file}（{reason}）", f"cannot write {file} ({reason})") from None


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, UTF-16 or GBK. Refusal if too large, not text, or not there."""
    try:
        if file.stat().st_size > _LARGEST:
            raise Refusal(f"{file} 过大，不像是一份放假安排", f"{file} is too large to be a calendar; check the file")
        data = file.read_bytes()
    except OSError as fault:
        reason = fault.strerror or "unreadable"
        raise Refusal(f"打不开 {file}（{reason}）", f"cannot open {file} ({reason})") from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refusal(
        f"{file} 不是文本文件，请将通知正文另存为纯文本，或填成 CSV",
        f"{file} is not a text file; save the notice as plain text, or fill in a CSV",
    )


def _read_year(file: Path, year: int | None) -> tuple[int, tuple[ListedDay, ...]]:
    days = read_days(file)
    if not days:
        raise Refusal(f"{file} 没有一行日期，请补全后再导入", f"{file} lists no day; fill it in and import it again")
    year = year or days[-1].day.year
    for day in days:
        if day.day.year != year and (day.day.year, day.day.month) != (year - 1, 12):
            raise Refusal(
                f"{file} 中的 {day.day} 不属于{year}年，一份文件只放一年（可含上年12月）",
                f"{file}: {day.day} is not in {year}; one file holds one year (and December before it)",
            )
    return year, days


def _rows(file: Path, reader: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    try:
        return list(enumerate(reader, start=1))
    except csv.Error:
        raise Refusal(
            f"{file} 不是 CSV 表格，请按 day,kind,name 三列另存为 CSV",
            f"{file} is not a CSV; save it as one with the columns day,kind,name",
        ) from None


def _listed(cells: list[str]) -> ListedDay:
    text, kind, name = (kept_words(cell, "日历", "the calendar") for cell in (*cells, "", "")[:3])
    found = _DAY.fullmatch(text)
    if found is None:
        raise Refusal(f"日期“{text}”应写作 2027-01-01", f"the day “{text}” must look like 2027-01-01")
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Refusal(f"没有 {text} 这一天，请更正", f"there is no day {text}; correct it") from None
    if kind.lower() not in _KINDS:
        raise Refusal(f"类型“{kind}”应为 off（放假）或 work（上班）", f"the kind “{kind}” must be off or work")
    if len(name) > _LONGEST_NAME:
        raise Refusal(f"名称超过{_LONGEST_NAME}字，请缩短", f"the name is over {_LONGEST_NAME} characters; shorten it")
    return ListedDay(day, _KINDS[kind.lower()], name)
