"""Putting boards on the Prefect screen, as artifacts under stable keys.

A page is written over in place: its address stays the same, a link to it always shows its newest state, and
a pass every quarter of an hour leaves no heap of old pages. (The screen's page of a key lists versions and
shows no text; the page of an artifact does. So links lead to artifacts.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.runtime import flow_run, task_run

from flows._form import LANG, spoken
from models.status import Status
from models.units import NATION
from tasks import boards
from tasks.campaign.store import Store
from tasks.judging.status import outlook

MOST_LISTED = 500
MOST_URGENT = 20
MOST_BOARDS = 250
"""How many boards one publication may write: the offices directly below, and those below them where they fit too."""

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
def publish(store: Store, unit: str | None, as_of: datetime, phases: Sequence[str], levels: int = 1) -> dict[str, str]:
    """Publish the board of `unit`, its lists, the pages of `phases`, and the boards of so many levels below it.

    A level that is too large is left out; its boards keep their last state. Returns the address of every
    page that exists now and that these pages know of, by key.
    """
    drawn = _Drawn(store, unit, as_of, phases, levels)
    with get_client(sync_client=True) as client:
        found = _pages(client, drawn.kinds(), drawn.neighbours())
        links = {key: address_of(artifact) for key, artifact in found.items()}
        for page in drawn.pages(links):
            _write(client, found[page.key], page)
    return links


@task(name=spoken("公布核查结果", "publish the audit"), timeout_seconds=60, **_SHOWING)
def leave_audit(page: boards.Page) -> None:
    """Show what the newest audit found, clean or not, under the page's key."""
    with get_client(sync_client=True) as client:
        _write(client, _pages(client, {page.key: page.kind})[page.key], page)


@task(name=spoken("留存本次结果", "leave a sheet"), timeout_seconds=60, **_SHOWING)
def leave_sheet(
    status: Status, titles: Mapping[str, str], told: Sequence[str], rehearsed: bool, links: Mapping[str, str]
) -> None:
    """Leave what this run found and did on the run's own page; it is never written over."""
    title, text = boards.run_sheet(status=status, titles=titles, told=told, rehearsed=rehearsed, links=links, lang=LANG)
    sheet = ArtifactCreate(
        type="markdown",
        description=title,
        data=text,
        flow_run_id=_own(flow_run.get_id()),
        task_run_id=_own(task_run.get_id()),
    )
    with get_client(sync_client=True) as client:
        client.create_artifact(sheet)


class _Drawn:
    """Everything that one publication shows: judged once, then drawn page by page for any set of addresses."""

    def __init__(self, store: Store, unit: str | None, as_of: datetime, phases: Sequence[str], levels: int) -> None:
        self.outlook = outlook(store, unit, as_of)
        units = self.outlook.judged.units.select("unit", "name", "superior")
        self.offices = {code: (name, superior) for code, name, superior in units.iter_rows()}
        self.whole = self._placed(self.outlook.read_status(limit=MOST_LISTED))
        self.single = [self._placed(self.outlook.read_status(phase=phase, limit=MOST_LISTED)) for phase in phases]
        self.titles = {phase.id: phase.title for phase in store.plan().phases}
        self.children: dict[str, list[str]] = {}
        for code, (_, superior) in self.offices.items():
            self.children.setdefault(superior or NATION, []).append(code)
        self.lower = self._lower([one.code for one in self.whole.below], levels)

    def _lower(self, level: list[str], levels: int) -> list[str]:
        """The offices below whose boards are written, level by level, as far as whole levels fit."""
        chosen: list[str] = []
        for _ in range(levels):
            if len(chosen) + len(level) > MOST_BOARDS:
                break
            chosen += level
            level = [child for code in level for child in self.children.get(code, [])]
        return chosen

    def pages(self, links: Mapping[str, str]) -> Iterator[boards.Page]:
        """The pages, the office's own first, with links to those that have an address."""
        yield boards.board(self.whole, links, LANG)
        yield boards.overdue_list(self.whole, links, LANG)
        yield boards.calendar(self.whole, links, LANG)
        yield boards.duty_table(self.whole, LANG)
        for one in self.single:
            yield boards.phase_page(one, self.titles, links, LANG)
        for code in self.lower:
            yield boards.board(self._placed(self.outlook.read_status(code, limit=MOST_URGENT)), links, LANG)

    def kinds(self) -> dict[str, str]:
        """The key of every page, with its kind: an address must be known before a page can be drawn."""
        code = self.whole.unit.code
        plain = [
            boards.board_key(code),
            boards.overdue_key(code),
            boards.calendar_key(code),
            *(boards.phase_key(one.phases[0].id, code) for one in self.single),
            *(boards.board_key(one) for one in self.lower),
        ]
        return dict.fromkeys(plain, "markdown") | {boards.duties_key(code): "table"}

    def neighbours(self) -> Iterator[str]:
        """Keys of pages that other runs publish and that these may link to."""
        code = self.whole.unit.code
        for one in (code, *self.lower):
            yield from (boards.overdue_key(one), boards.calendar_key(one), boards.duties_key(one))
            yield from (boards.phase_key(phase, one) for phase in self.titles)
            yield from (boards.board_key(child) for child in self.children.get(one, []))
        for status in (self.whole, *self.single):
            yield from (boards.board_key(line.unit) for line in status.duties)
        if self.whole.superior:
            above, _ = self.whole.superior
            yield boards.board_key(above)
            yield from (boards.phase_key(one.phases[0].id, above) for one in self.single)

    def _placed(self, status: Status) -> Status:
        """The status with every duty's office named as it is found from there: 石家庄市长安区谈固街道."""
        lines = tuple(
            replace(line, unit_name=self._path(line.unit, status.unit.code) or line.unit_name) for line in status.duties
        )
        return replace(status, duties=lines)

    def _path(self, code: str, below: str) -> str:
        names: list[str] = []
        while code in self.offices and code != below:
            name, superior = self.offices[code]
            names.insert(0, name)
            code = superior or ""
        return spoken("", " ").join(names)


def _pages(client: SyncPrefectClient, kinds: Mapping[str, str], others: Iterable[str] = ()) -> dict[str, UUID]:
    """The page under each key of `kinds`, made where there is none yet; and those of `others` that there are."""
    found = _find(client, {*kinds, *others})
    for key, kind in kinds.items():
        if key not in found:
            found[key] = client.create_artifact(ArtifactCreate(key=key, type=kind, data="[]")).id
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
