"""Putting an audit's page on the Prefect screen: one artifact, written over in place, so that its address stays."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

from flows._form import spoken
from tasks.boards import Page


@task(
    name=spoken("公布核查结果", "publish the audit"),
    retries=1,
    retry_delay_seconds=5,
    timeout_seconds=60,
    tags=["screen"],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def leave_audit(page: Page) -> None:
    """Show what the newest audit found, clean or not, under the page's key."""
    key = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[page.key]))
    with get_client(sync_client=True) as client:
        for known in client.read_latest_artifacts(artifact_filter=key, limit=1):
            if known.latest_id:
                client.update_artifact(known.latest_id, ArtifactUpdate(description=page.title, data=str(page.body)))
                return
        client.create_artifact(
            ArtifactCreate(key=page.key, type="markdown", description=page.title, data=str(page.body))
        )
