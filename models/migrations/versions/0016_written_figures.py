"""How an office wrote a figure where it put words or a unit to it"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "written_figures",
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.Column("least", sa.Float(53), nullable=True),
        sa.Column("most", sa.Float(53), nullable=True),
        sa.Column("above", sa.Boolean(), nullable=False),
        sa.Column("below", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("indicator", "as_of", "unit", "batch"),
    )
