"""What stands on the screen: the address of every page that was published, and a mark of what it shows.

A page is published again only when its mark changes. The screen's own database may be lost or go back to a backup;
then the pages are not where this says, and whoever publishes finds that out and forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from models.moments import micros
from models.tables import PublishedPage
from tasks.campaign.frames import delete_rows
from tasks.campaign.locks import LEDGER
from tasks.campaign.store import Store


@dataclass(frozen=True)
class Published:
    """Where a page stands, and what it shows ("" where that is not known)."""

    artifact: str
    mark: str


def published_pages(store: Store) -> dict[str, Published]:
    """Every page that was published, by its key."""
    with store.reading() as connection:
        rows = connection.execute(select(PublishedPage)).mappings()
        return {row["key"]: Published(row["artifact"], row["mark"]) for row in rows}


def keep_published(store: Store, pages: Mapping[str, Published], at: datetime) -> None:
    """Note what was published just now."""
    if not pages:
        return
    rows = [{"key": key, "artifact": one.artifact, "mark": one.mark, "at": micros(at)} for key, one in pages.items()]
    with store.writing(LEDGER) as connection:
        delete_rows(connection, PublishedPage, [{"key": key} for key in pages])
        connection.execute(insert(PublishedPage), rows)


def forget_published(store: Store) -> None:
    """Forget every page: the screen that they stood on is not there any more."""
    with store.writing(LEDGER) as connection:
        connection.execute(delete(PublishedPage))
