"""Of what kind a township is, where the list of units says so"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("units", sa.Column("kind", sa.String(), nullable=True))
