"""Affiliation (隶属关系) as the campaign has it: those few offices that answer to others than their digits name."""

from __future__ import annotations

from sqlalchemy import text

from models.affiliation import Affiliation
from tasks.campaign.store import Store

_NEAREST = "substr(u.code, 1, CASE length(u.code) WHEN 12 THEN 9 WHEN 9 THEN 6 WHEN 6 THEN 4 ELSE 2 END)"
_ELSEWHERE = (
    "SELECT code, superior FROM superiors"
    " UNION SELECT u.code, u.superior FROM superiors AS s JOIN units AS u ON u.code = s.code WHERE u.superior IS NOT NULL"
    f" UNION SELECT u.code, u.superior FROM units AS u WHERE u.superior <> {_NEAREST}"
    " AND (substr(u.code, 1, length(u.superior)) <> u.superior OR EXISTS (SELECT 1 FROM units AS p"
    " WHERE p.code IN (substr(u.code, 1, 9), substr(u.code, 1, 6), substr(u.code, 1, 4))"
    " AND length(p.code) > length(u.superior) AND length(p.code) < length(u.code)))"
    " ORDER BY 1, 2"
)
"""Those with a further superior, and those whose superior's digits they do not begin with, or whose digits name a nearer one."""


def affiliation_of(store: Store) -> Affiliation:
    """Who answers to others than those whom their digits name, by either line; read when it is asked for."""

    def read() -> list[tuple[str, str]]:
        with store.reading() as connection:
            return [(row.code, row.superior) for row in connection.execute(text(_ELSEWHERE))]

    return Affiliation(read)
