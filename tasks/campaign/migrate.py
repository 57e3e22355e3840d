"""Bringing a database up to this program's version. Alembic is imported only here: it is slow to load."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

import models
import models.tables
from models.wording import Refusal


def upgrade(connection: Connection, version: str = "head") -> None:
    """Create or upgrade all tables, in the caller's transaction; every migration is additive, so nothing is lost.

    One that was cut off, by a full disk or by force, has left the database as it was.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(models.__file__).parent / "migrations"))
    _clear_half_made(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _clear_half_made(connection: Connection) -> None:
    """Take away the empty tables that an earlier program left when its first load was cut off: nobody could open them.

    Refusal where one of them holds anything.
    """
    if connection.dialect.name != "sqlite":
        return  # a server takes back what was cut off
    there = set(inspect(connection).get_table_names())
    if "alembic_version" in there and connection.execute(text("SELECT COUNT(*) FROM alembic_version")).scalar():
        return
    ours = [table for table in reversed(SQLModel.metadata.sorted_tables) if table.name in there]
    for table in ours:
        if connection.execute(table.select().limit(1)).first() is not None:
            raise Refusal(
                "数据库不完整（缺少版本记录），但其中已有数据，未作更改，请从备份恢复",
                "the database is incomplete (it names no version) but holds data; nothing was changed, restore a backup",
            )
    for table in ours:
        table.drop(connection)
