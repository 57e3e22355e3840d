"""Notices that are leased and sent change where they stand, instead of in every index."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("notices", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    # how many attempts are over of those that may be taken again; one that a sender holds is told when its attempt ends
    op.execute("UPDATE notices SET turn = attempts WHERE settled_at IS NULL")
    op.drop_index("notices_waiting", "notices")
    op.drop_index("notices_ready", "notices")
    op.create_index(
        "notices_ready",
        "notices",
        [sa.text("urgency DESC"), "turn", "id"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # holds for pages from now on: what is settled stays as it lies, and no table is rewritten
        op.execute("ALTER TABLE notices SET (fillfactor = 50)")
