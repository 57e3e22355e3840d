"""Readings as columns: what was reported before, and what holds now"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "reading_columns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("first_as_of", sa.BigInteger(), nullable=False),
        sa.Column("last_as_of", sa.BigInteger(), nullable=False),
        sa.Column("first_batch", sa.BigInteger(), nullable=False),
        sa.Column("last_batch", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reading_columns_by_moment", "reading_columns", ["province", "last_as_of"], unique=False)
    op.create_table(
        "latest_readings",
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("folded_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("province"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("reading_columns", "latest_readings"):  # they are compressed already
            op.execute(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL")
