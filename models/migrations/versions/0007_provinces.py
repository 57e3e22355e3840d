"""Provinces side by side: which of them answer to one another, and settled periods of one province"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    across = sa.text("substr(code, 1, 2) <> substr(superior, 1, 2)")
    op.create_index("units_across", "units", ["code"], sqlite_where=across, postgresql_where=across)
    op.add_column("settled_periods", sa.Column("scope", sa.String(length=12), nullable=False, server_default=""))
