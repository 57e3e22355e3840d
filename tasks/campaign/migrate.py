"""Bringing a database up to this program's version. Alembic is imported only here: it is slow to load."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

import models


def upgrade(engine: Engine) -> None:
    """Create or upgrade all tables; every migration is additive, so nothing is lost."""
    config = Config()
    config.set_main_option("script_location", str(Path(models.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
