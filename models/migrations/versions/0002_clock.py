"""The machine's clock beside the moment that an act names, and passes that ran ahead of it"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ACTS = ("passes", "decisions", "exits", "signatures")


def upgrade() -> None:
    for table in ACTS:
        op.add_column(table, sa.Column("machine_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "simulations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("machine_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
