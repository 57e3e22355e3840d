"""Alembic's entry: runs migrations on the connection that tasks.campaign.migrate hands over."""

from alembic import context
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (fills the metadata)

# the caller's transaction holds all of it, on SQLite too: what is cut off has not happened
context.configure(
    connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata, transactional_ddl=True
)
context.run_migrations()
