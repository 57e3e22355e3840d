"""What stands on the screen, so that a page is published only when it changes; and what was judged of settled periods"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "published_pages",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("artifact", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "settled_periods",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("lacking", sa.LargeBinary(), nullable=False),
        sa.Column("met", sa.LargeBinary(), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
