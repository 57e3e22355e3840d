"""What holds of any register, districts one of them; the rows of registers among the reports"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "register_states",
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("register", "province"),
    )
    op.execute(
        "INSERT INTO register_states (register, province, batch, until, files)"
        " SELECT 'districts', CAST(province AS VARCHAR(2)), batch,"
        " (SELECT COALESCE(MAX(as_of), 0) FROM batches WHERE districts), files FROM district_states"
    )
    op.drop_table("district_states")
    with op.batch_alter_table("batches", naming_convention={"uq": "%(table_name)s_%(column_0_N_name)s_key"}) as batches:
        batches.add_column(sa.Column("register", sa.String(), nullable=False, server_default=""))
        batches.add_column(sa.Column("areas", sa.Text(), nullable=False, server_default=""))
        batches.add_column(sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.false()))
        batches.drop_constraint("batches_digest_as_of_key", type_="unique")
        batches.create_unique_constraint("batches_digest_as_of_register_key", ["digest", "as_of", "register"])
