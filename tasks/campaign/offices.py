"""Which office a screen or a run starts from."""

from __future__ import annotations

from sqlalchemy import text

from models.units import NATION
from tasks.campaign.store import Store


def top_office(store: Store) -> str | None:
    """The office that answers to nobody; NATION where there are several, None where there are no units yet."""
    with store.reading() as connection:
        roots = connection.execute(text("SELECT code FROM units WHERE superior IS NULL LIMIT 2")).scalars().all()
    if not roots:
        return None
    return str(roots[0]) if len(roots) == 1 else NATION
