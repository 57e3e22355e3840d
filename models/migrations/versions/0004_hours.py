"""One message to a person whatever the hours of its phases."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("any_hour", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE notices SET any_hour = always")
