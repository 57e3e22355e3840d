"""Putting boards on the Prefect screen, as artifacts under stable keys.

A page is written over in place: its address stays the same, a link to it always shows its newest state, and
a pass every quarter of an hour leaves no heap of old pages. (The screen's page of a key lists versions and
shows no text; the page of an artifact does. So links lead to artifacts.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.runtime import flow_run, task_run

from flows._form import LANG, spoken
from models.survey import Survey
from tasks import boards
from tasks.store import Store
from tasks.survey import outlook

MOST_LISTED = 500
MOST_URGENT = 20
MOST_BELOW = 60
"""How many boards of offices below are published at a time; one that is not keeps its last one."""

_AT_ONCE = 100


def address_of(artifact: object) -> str:
    """A page's address from any other page of the screen, whatever host, port or path that is served on."""
    return f"../../artifacts/artifact/{artifact}"


@task(
    name=spoken("发布看板", "publish boards"),
    retries=1,
    retry_delay_seconds=5,
    timeout_seconds=900,
    tags=["screen"],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def publish(store: Store, unit: str | None, as_of: datetime, phases: Sequence[str]) -> dict[str, str]:
    """Publish the boards of `unit` and of the offices directly below it, its lists, and the pages of `phases`.

    Returns the address of every page that exists now and that these pages know of, by key.
    """
    drawn = _Drawn(store, unit, as_of, phases)
    with get_client(sync_client=True) as client:
        found = _find(client, {*drawn.keys(), *drawn.neighbours()})
        for key, kind in drawn.keys().items():
            if key not in found:
                found[key] = client.create_artifact(ArtifactCreate(key=key, type=kind, data="[]")).id
        links = {key: address_of(artifact) for key, artifact in found.items()}
        for page in drawn.pages(links):
            text = page.body if isinstance(page.body, str) else json.dumps(list(page.body), ensure_ascii=False)
            client.update_artifact(found[page.key], ArtifactUpdate(description=page.title, data=text))
    return links


@task(
    name=spoken("留存本次结果", "leave a sheet"),
    retries=1,
    retry_delay_seconds=5,
    timeout_seconds=60,
    tags=["screen"],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def leave_sheet(
    survey: Survey, titles: Mapping[str, str], told: Sequence[str], rehearsed: bool, links: Mapping[str, str]
) -> None:
    """Leave what this run found and did on the run's own page; it is never written over."""
    title, text = boards.run_sheet(survey, titles, told, rehearsed, links, LANG)
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
    """Everything that one publication shows, judged once and drawn for any set of addresses."""

    def __init__(self, store: Store, unit: str | None, as_of: datetime, phases: Sequence[str]) -> None:
        found = outlook(store, unit, as_of)
        units = found.judged.units.select("unit", "name", "superior")
        offices = {code: (name, superior) for code, name, superior in units.iter_rows()}
        whole = found.survey(limit=MOST_LISTED)
        below = [found.survey(one.code, limit=MOST_URGENT) for one in whole.below[:MOST_BELOW]]
        single = [found.survey(phase=phase, limit=MOST_LISTED) for phase in phases]
        self.whole = _placed(whole, offices)
        self.below = [_placed(one, offices) for one in below]
        self.single = [_placed(one, offices) for one in single]
        self.titles = {phase.id: phase.title for phase in store.plan().phases}

    def pages(self, links: Mapping[str, str]) -> list[boards.Page]:
        """The pages, with links to those that have an address."""
        return [
            boards.board(self.whole, links, LANG),
            boards.overdue_list(self.whole, links, LANG),
            boards.calendar(self.whole, links, LANG),
            boards.duty_table(self.whole, LANG),
            *(boards.phase_page(one, self.titles, links, LANG) for one in self.single),
            *(boards.board(one, links, LANG) for one in self.below),
        ]

    def keys(self) -> dict[str, str]:
        """The key of every page, with its kind: an address must be known before a page can be drawn."""
        code = self.whole.unit.code
        plain = [
            boards.overdue_key(code),
            boards.calendar_key(code),
            *(boards.board_key(one.unit.code) for one in (self.whole, *self.below)),
            *(boards.phase_key(one.phases[0].id, code) for one in self.single),
        ]
        return dict.fromkeys(plain, "markdown") | {boards.duties_key(code): "table"}

    def neighbours(self) -> Iterable[str]:
        """Keys of pages that other runs publish and that these may link to."""
        surveys = [self.whole, *self.below]
        for one in surveys:
            yield boards.overdue_key(one.unit.code)
            yield boards.calendar_key(one.unit.code)
            yield boards.duties_key(one.unit.code)
            yield from (boards.phase_key(phase, one.unit.code) for phase in self.titles)
            yield from (boards.board_key(unit.code) for unit in one.below)
            yield from (boards.board_key(line.unit) for line in one.duties)
            if one.superior:
                yield boards.board_key(one.superior[0])
        if self.whole.superior:
            yield from (boards.phase_key(one.phases[0].id, self.whole.superior[0]) for one in self.single)


def _placed(survey: Survey, offices: Mapping[str, tuple[str, str | None]]) -> Survey:
    """The survey with every duty's office named as it is found from here: 石家庄市长安区谈固街道.

    offices: code → (name, superior).
    """

    def path(code: str) -> str:
        names: list[str] = []
        while code in offices and code != survey.unit.code:
            name, superior = offices[code]
            names.insert(0, name)
            code = superior or ""
        return spoken("", " ").join(names)

    lines = tuple(replace(line, unit_name=path(line.unit) or line.unit_name) for line in survey.duties)
    return replace(survey, duties=lines)


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
