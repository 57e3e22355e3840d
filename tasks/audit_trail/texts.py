"""Texts in force (所用文本) in the trail: of the plan, its overlays and an office's own templates, who loaded each.

No guard by words is complete. What a text says can be looked up by its hash, and so can who put it there.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection
from sqlmodel import col, select

from models.personal import personal_in
from models.tables import Campaign, TrailRecord
from tasks.audit_trail.records import LOAD, PUCHA, record
from tasks.files.received import shown_name

TEXTS = "texts"
Texts = dict[str, dict[str, str]]
"""By kind (plan, templates) the SHA-256 of each text under its file's name."""


def texts_in_force(connection: Connection, home: Path) -> Texts:
    """The texts of the campaign that is loaded, and of the office's own templates that lie in `home`."""
    sources = connection.execute(select(Campaign.sources)).scalar()
    plan = {_named(Path(one["name"])): _hash(one["text"].encode()) for one in json.loads(sources or "[]")}
    templates = {f"{file.parent.name}/{_named(file)}": _hash(file.read_bytes()) for file in _own_templates(home)}
    return {"plan": plan, "templates": templates}


def _own_templates(home: Path) -> list[Path]:
    return [file for file in sorted((home / "templates").glob("*/*.j2")) if file.is_file()]


def are_loaded(connection: Connection, texts: Texts) -> bool:
    """True where these texts are what somebody loaded last, and nothing was found changed since."""
    return _last(connection) == (LOAD, texts)


def record_unloaded(connection: Connection, home: Path, at: datetime) -> None:
    """Append what a pass finds of an office's own texts that nobody loaded since they were changed."""
    if not _own_templates(home):
        return
    texts = texts_in_force(connection, home)
    if _last(connection)[1] != texts:
        record(connection, TEXTS, PUCHA, {"texts": texts}, at)


def _last(connection: Connection) -> tuple[str, Texts | None]:
    """The act by which the trail last speaks of texts, and these; those of before texts were recorded are None."""
    acts = col(TrailRecord.act).in_((LOAD, TEXTS))
    query = select(TrailRecord.act, TrailRecord.about).where(acts).order_by(col(TrailRecord.id).desc()).limit(1)
    row = connection.execute(query).first()
    return (row.act, json.loads(row.about).get("texts")) if row else ("", None)


def _named(file: Path) -> str:
    name = shown_name(file)
    return "—" if personal_in(name) else name


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
