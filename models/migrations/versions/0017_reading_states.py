"""What of a province was reported, as one word that the next report changes"""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
_REPORTED = "SELECT province FROM reading_columns UNION SELECT substr(unit, 1, 2) FROM readings ORDER BY 1"


def upgrade() -> None:
    states = op.create_table(
        "reading_states",
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("province"),
    )
    provinces = op.get_bind().execute(sa.text(_REPORTED)).scalars().all()
    op.bulk_insert(states, [{"province": one, "word": token_hex(16)} for one in provinces])
