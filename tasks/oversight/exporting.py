"""Exports of what is retired: a folder of Parquet files with a list (清单) that names each with its SHA-256.

It can be read without Pucha and without the database. The folder appears whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from models.rules.oversight.row_digests import digest_of
from models.rules.oversight.trail_chain import canonical
from models.wording import Refusal, because
from tasks.campaign.on_disk import force, put_in_place

FORMAT = "pucha-retired/1"
MANIFEST, README = "manifest.json", "README.txt"
_MARK = ".pucha-retire"
_ABOUT = """本文件夹由普查（pucha retire）归档清理时导出，不用本程序也能查阅。
manifest.json  清单：何时、由谁、哪个日期以前的，各文件的行数和 SHA-256 校验值。清单自身的校验值记在审计记录里。
*.parquet      各表一个文件，可用 Polars、DuckDB、pandas 或 Excel（Power Query）打开。时刻为 1970 年起的微秒（UTC）。
               notices.id = notice_lines.notice_id = transitions.notice_id；notice_lines.case_id = cases.id。
               policies、units 仅供对照，未从库中清理。
核对：pucha retire --check 本文件夹

Exported by pucha retire; readable without it. manifest.json lists when, by whom and up to which date, and each file with
its rows and SHA-256; the hash of the list itself stands in the audit trail. Moments are microseconds since 1970 in UTC.
policies and units are for reading and were not removed.
"""


@dataclass(frozen=True)
class Export:
    """A written export. manifest: SHA-256 of its list; listed: what the list says; rows: by table."""

    folder: Path
    manifest: str
    listed: Mapping[str, Any]
    rows: Mapping[str, pl.DataFrame]


def place_for(folder: Path, home: Path) -> Path:
    """Where an export is to lie. Refusal for a link, a file, or a place in the data folder that is another's."""
    if folder.is_symlink():
        raise Refusal(
            f"{folder} 是链接，日后可能指向别处，请写明真正的文件夹",
            f"{folder} is a link, which may lead elsewhere tomorrow",
        )
    found, own = folder.absolute().parent.resolve() / folder.name, home.resolve()
    if found.is_relative_to(own) and not found.is_relative_to(own / "retired"):
        raise Refusal(
            f"{folder} 在数据目录内，那里的文件另有用处；请另选文件夹，或用数据目录下的 retired/",
            f"{folder} lies in the data folder among files of another use; give another folder, or one under retired/",
        )
    return found


def write_export(
    folder: Path, rows: Mapping[str, pl.DataFrame], copies: Mapping[str, pl.DataFrame], about: Mapping[str, Any]
) -> None:
    """Write rows, copies for reading, and the list. Refusal where there is a folder of that name, or no room."""
    part = folder.with_name(f".{folder.name}.part")
    try:
        _clear(part)
        part.mkdir(mode=0o700, parents=True)
        (part / _MARK).touch()
        tables = [_write(part, name, frame, removed=name in rows) for name, frame in {**rows, **copies}.items()]
        _write_text(part / README, _ABOUT)
        _write_text(
            part / MANIFEST, json.dumps({**about, "format": FORMAT, "tables": tables}, ensure_ascii=False, indent=1)
        )
        (part / _MARK).unlink()
        put_in_place(part, folder)
    except (OSError, pl.exceptions.PolarsError) as fault:
        shutil.rmtree(part, ignore_errors=True)
        why = because(fault) if isinstance(fault, OSError) else because(OSError())
        raise Refusal(
            f"无法导出到 {folder}（{why.zh}），库中未作任何更改，请清理空间或另选文件夹后重试",
            f"cannot export to {folder} ({why.en}); nothing was removed. Make room or give another folder",
        ) from fault


def _clear(part: Path) -> None:
    """Remove what an export that was cut off has left; nothing else."""
    if part.exists():
        if part.is_symlink() or (any(part.iterdir()) and not (part / _MARK).exists()):
            raise Refusal(f"{part} 不是本程序留下的，请先移走", f"{part} was not left by this program; move it away")
        shutil.rmtree(part)


def _write(folder: Path, name: str, frame: pl.DataFrame, *, removed: bool) -> dict[str, Any]:
    file = folder / f"{name}.parquet"
    frame.write_parquet(file)
    force(file)
    return {
        "table": name,
        "file": file.name,
        "removed": removed,
        "rows": frame.height,
        "bytes": file.stat().st_size,
        "sha256": sha256(file.read_bytes()).hexdigest(),
        "digest": digest_of(frame),
    }


def _write_text(file: Path, body: str) -> None:
    file.write_text(body, encoding="utf-8")
    force(file)


def read_export(folder: Path) -> Export:
    """Read an export back, every file of it. Refusal where a file is missing, changed, or not as its list says."""
    try:
        body = (folder / MANIFEST).read_bytes()
        listed = json.loads(body)
        tables = listed["tables"] if listed["format"] == FORMAT else None
        if tables is None:
            raise KeyError(FORMAT)
        rows = {one["table"]: _read(folder, one) for one in tables}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        if isinstance(fault, Refusal):
            raise
        raise Refusal(
            f"{folder} 不是归档清理的导出文件夹，或其清单已损坏",
            f"{folder} is no folder that pucha retire exported, or its list is damaged",
        ) from fault
    gone = {one["table"]: rows[one["table"]] for one in tables if one["removed"]}
    return Export(folder, sha256(body).hexdigest(), listed, gone)


def _read(folder: Path, one: Mapping[str, Any]) -> pl.DataFrame:
    file = folder / Path(str(one["file"])).name
    try:
        if sha256(file.read_bytes()).hexdigest() == one["sha256"]:
            frame = pl.read_parquet(file)
            if frame.height == one["rows"] and digest_of(frame) == one["digest"]:
                return frame
    except (OSError, pl.exceptions.PolarsError):
        pass
    raise Refusal(
        f"{file} 缺失，或与清单不符：请从备份恢复，或把整个文件夹移走后重新导出",
        f"{file} is missing or not as the list says: restore it, or move the folder away and export again",
    )


def terms_of(export: Export) -> str:
    """What a person consents to: this export, whatever else has happened since."""
    return canonical({"act": "retire", "manifest": export.manifest})
