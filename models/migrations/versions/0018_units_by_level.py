"""Offices of a level are found in a range of codes, without a look at all the villages between them."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("units_by_level", "units", ["level", "code"], unique=False)
    op.drop_index("ix_units_level", "units")
