"""Databases as earlier versions of the program left them, made from one of today: newer tables, columns and indexes gone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from tasks.campaign.store import Store

_COLUMNS = "id, digest, file_name, as_of, author, received_at, accepted, rejected, archive, rejections, districts"
_FIGURES_ALONE = {
    "postgresql": (
        "DELETE FROM batches WHERE register <> ''",
        "ALTER TABLE batches DROP COLUMN register, DROP COLUMN areas, DROP COLUMN whole",
        "ALTER TABLE batches ADD UNIQUE (digest, as_of)",
    ),
    "sqlite": (
        "ALTER TABLE batches RENAME TO batches_since",
        "CREATE TABLE batches (id INTEGER NOT NULL, digest VARCHAR NOT NULL, file_name VARCHAR NOT NULL, as_of BIGINT NOT NULL,"
        " author VARCHAR NOT NULL, received_at BIGINT NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,"
        " archive VARCHAR, rejections VARCHAR, districts BOOLEAN NOT NULL, PRIMARY KEY (id), UNIQUE (digest, as_of))",
        f"INSERT INTO batches ({_COLUMNS}) SELECT {_COLUMNS} FROM batches_since WHERE register = ''",
        "DROP TABLE batches_since",
    ),
}
"""By kind of database: what takes reports of registers from the table of reports."""
_FULL_PAGES = {"postgresql": ("ALTER TABLE cases RESET (fillfactor)",), "sqlite": ()}
"""By kind of database: what lets new rows of the table of cases fill their pages."""
_UNDONE = {
    "0018": ("CREATE INDEX ix_units_level ON units (level)", "DROP INDEX units_by_level"),
    "0017": ("DROP TABLE reading_states",),
    "0016": ("DROP TABLE written_figures",),
    "0015": ("ALTER TABLE units DROP COLUMN kind",),
    "0014": ("ALTER TABLE contacts DROP COLUMN only_for", "ALTER TABLE contacts DROP COLUMN seat"),
    "0012": ("DROP TABLE unit_changes",),
    "0011": (
        "CREATE TABLE district_states (province INTEGER NOT NULL PRIMARY KEY, batch BIGINT NOT NULL, files TEXT NOT NULL)",
        "INSERT INTO district_states SELECT CAST(province AS INTEGER), batch, files FROM register_states"
        " WHERE register = 'districts'",
        "DROP TABLE register_states",
    ),
    "0010": ("DROP TABLE retirements",),
    "0009": (
        "DROP INDEX notices_ready",
        "CREATE INDEX notices_waiting ON notices (state, not_before)",
        "CREATE INDEX notices_ready ON notices (urgency DESC, attempts, id) WHERE settled_at IS NULL",
        "ALTER TABLE notices DROP COLUMN turn",
    ),
    "0008": (
        "DROP TABLE district_states",
        "DROP TABLE archive_seal",
        "DROP TABLE loose_files",
        "DROP TABLE archived_parts",
    ),
    "0007": ("DROP INDEX units_across", "ALTER TABLE settled_periods DROP COLUMN scope"),
    "0006": ("DROP TABLE reading_columns", "DROP TABLE latest_readings"),
    "0005": ("DROP TABLE published_pages", "DROP TABLE settled_periods"),
    "0004": ("ALTER TABLE notices DROP COLUMN any_hour",),
}
"""What takes back each version, the newest first."""


def put_back(store: Store, version: str) -> None:
    """Leave the database as `version` knew it, and closed. What only later versions can keep is gone."""
    with store.writing() as connection:
        if version < "0013":
            _execute(connection, _FULL_PAGES[connection.dialect.name])
        if version < "0011":
            _execute(connection, _FIGURES_ALONE[connection.dialect.name])
        for newer, statements in _UNDONE.items():
            if newer > version:
                _execute(connection, statements)
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    store.engine.dispose()


def _execute(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))
