"""Databases as earlier versions of the program left them, made from one of today: newer tables, columns and indexes gone."""

from __future__ import annotations

from sqlalchemy import text

from tasks.campaign.store import Store

_UNDONE = {
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
        for newer, statements in _UNDONE.items():
            if newer > version:
                for statement in statements:
                    connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    store.engine.dispose()
