"""What a contact is told of in a role, and by which number the roster names them"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("only_for", sa.Text(), server_default="", nullable=False))
    op.add_column("contacts", sa.Column("seat", sa.Integer(), nullable=True))
