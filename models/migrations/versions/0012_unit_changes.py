"""Which code an office had before divisions were changed"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "unit_changes",
        sa.Column("change", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("old", sa.String(length=12), nullable=False),
        sa.Column("new", sa.String(length=12), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("change", "old", "new"),
    )
    op.create_index(op.f("ix_unit_changes_new"), "unit_changes", ["new"])
