"""Putting boards on the Prefect screen, as artifacts under stable keys.

A page is written over in place, and only when it changes: its address stays the same, a link to it always shows its
newest state, and a pass every quarter of an hour leaves no heap of old pages. (The screen's page of a key lists versions and
shows no text; the page of an artifact does. So links lead to artifacts.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.runtime import flow_run, task_run

from flows._form import LANG, spoken
from flows._publication import Publication
from models.status import Status
from tasks import boards
from tasks.campaign.published_pages import Published, forget_published, keep_published, published_pages
from tasks.campaign.store import Store
from tasks.judging.judge import Judged
from tasks.judging.status import read_statuses

_AT_ONCE = 200
_SHOWING: dict[str, Any] = {
    "retries": 1,
    "retry_delay_seconds": 5,
    "tags": ["screen"],
    "cache_policy": NO_CACHE,
    "persist_result": False,
}
"""What every task that puts something on the screen has in common."""


def address_of(artifact: object) -> str:
    """A page's address from any other page of the screen, whatever host, port or path that is served on."""
    return f"../../artifacts/artifact/{artifact}"


@task(name=spoken("发布看板", "publish boards"), timeout_seconds=900, **_SHOWING)
def publish(
    store: Store,
    unit: str | None,
    as_of: datetime,
    phases: Sequence[str],
    judged: Judged | None,
    levels: int = 1,
    asked_for: bool = True,
) -> dict[str, str]:
    """Publish the board of `unit`, its lists, the pages of `phases`, and the boards of so many levels below it.

    A page that shows nothing new is left as it is: the screen keeps every text that it was ever given for days. Where
    somebody asked for these pages, the office's own are made anew all the same. judged: what a pass has judged there,
    see `read_statuses`. A level that is too large is left out; its boards keep their last state. Returns the address of
    every page that exists now and that these pages know of, by key.
    """
    publication = Publication(read_statuses(store, unit, as_of, judged=judged), phases, levels)
    with get_client(sync_client=True) as client:
        standing = _standing(client, store, publication)
        links = {key: address_of(page.artifact) for key, page in standing.items()}
        beside = sha256(repr((LANG, version("pucha"), sorted(links.items()))).encode()).hexdigest()[:16]
        new: dict[str, Published] = {}
        changed = []
        for sheet in publication.sheets():
            page = replace(standing[sheet.key], mark=f"{sheet.mark}:{beside}")
            if page != standing[sheet.key] or (sheet.lower is None and asked_for):
                changed.append((sheet, page))
        publication.look_below([sheet.lower for sheet, _ in changed if sheet.lower])
        for sheet, page in changed:
            _write(client, UUID(page.artifact), sheet.draw(links))
            new[sheet.key] = page
    keep_published(store, new, as_of)
    return links


def _standing(client: SyncPrefectClient, store: Store, publication: Publication) -> dict[str, Published]:
    """The pages of a publication and those that they may link to, as they stand; those that are missing are made, empty."""
    kinds, known = publication.kinds(), published_pages(store)
    if not _are_there(client, [known[key].artifact for key in kinds if key in known]):
        forget_published(store)
        found = _find(client, {*kinds, *publication.neighbours()})
        known = {key: Published(str(artifact), "") for key, artifact in found.items()}
    made = _pages(client, {key: kind for key, kind in kinds.items() if key not in known})
    known |= {key: Published(str(artifact), "") for key, artifact in made.items()}
    return {key: known[key] for key in {*kinds, *publication.neighbours()} if key in known}


def _are_there(client: SyncPrefectClient, artifacts: Sequence[str]) -> bool:
    """Whether the screen still has all of these."""
    asked = {"artifacts": {"id": {"any_": list(artifacts)}}}
    return int(client.request("POST", "/artifacts/count", json=asked).json()) == len(artifacts)


@task(name=spoken("公布核查结果", "publish the audit"), timeout_seconds=60, **_SHOWING)
def publish_audit(page: boards.Page) -> None:
    """Show what the newest audit found, clean or not, under the page's key."""
    with get_client(sync_client=True) as client:
        _write(client, _pages(client, {page.key: page.kind})[page.key], page)


@task(name=spoken("留存本次结果", "leave a sheet"), timeout_seconds=60, **_SHOWING)
def leave_sheet(status: Status, done: Sequence[str], rehearsed: bool, links: Mapping[str, str]) -> None:
    """Leave what this run found and did on the run's own page; it is never written over."""
    title, text = boards.run_sheet(status=status, done=done, rehearsed=rehearsed, links=links, lang=LANG)
    sheet = ArtifactCreate(
        type="markdown",
        description=title,
        data=text,
        flow_run_id=_own(flow_run.get_id()),
        task_run_id=_own(task_run.get_id()),
    )
    with get_client(sync_client=True) as client:
        client.create_artifact(sheet)


def _pages(client: SyncPrefectClient, kinds: Mapping[str, str]) -> dict[str, UUID]:
    """The page under each key of `kinds`, made where there is none yet."""
    found = _find(client, kinds)
    for key, kind in kinds.items():
        if key not in found:
            found[key] = client.create_artifact(ArtifactCreate(key=key, type=kind, data=boards.UNWRITTEN)).id
    return found


def _write(client: SyncPrefectClient, artifact: UUID, page: boards.Page) -> None:
    text = page.body if isinstance(page.body, str) else json.dumps(list(page.body), ensure_ascii=False)
    client.update_artifact(artifact, ArtifactUpdate(description=page.title, data=text))


def _find(client: SyncPrefectClient, keys: Iterable[str]) -> dict[str, UUID]:
    """The newest artifact under each key that has one."""
    wanted = sorted(set(keys))
    found: dict[str, UUID] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        some = ArtifactCollectionFilterKey(any_=wanted[first : first + _AT_ONCE])
        for artifact in client.read_latest_artifacts(
            artifact_filter=ArtifactCollectionFilter(key=some), limit=_AT_ONCE
        ):
            if artifact.key and artifact.latest_id:
                found[artifact.key] = artifact.latest_id
    return found


def _own(run: str | None) -> UUID | None:
    return UUID(run) if run else None
