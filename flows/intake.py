"""收取报表: every report that lies in the inbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows._ending import tell_end
from flows._form import LANG, clock_of, spoken
from flows._run import name_run, refused
from models.wording import Refusal
from tasks import steps
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.oversight.machines import note_machine

TITLE = spoken("收取报表", "take in reports")
INBOX = "inbox"
INBOX_NAME = spoken("收件夹", "inbox")

Folder = Annotated[
    str,
    Field(
        json_schema_extra={
            "title": spoken("收件夹", "Folder"),
            "description": spoken(
                "放报表的文件夹；不填为数据目录下的 inbox。",
                "Where reports lie; inbox in the data folder if left empty.",
            ),
        }
    ),
]
Author = Annotated[
    str,
    Field(
        json_schema_extra={
            "title": spoken("报送人", "Reported by"),
            "description": spoken("记入台账的报送单位或人。", "Who stands in the records as having reported."),
        }
    ),
]


@flow(
    name=TITLE,
    description=spoken(
        "收下收件夹里的全部报表：收完移入 done，退回的移入 refused 并附原因。文件名写明截至时刻的按文件名，否则按文件的修改时间。",
        "Takes in every report in the folder: what is done moves to done, what is refused to refused, with the reason."
        " A file is of the moment in its name, else of when it was last written.",
    ),
    persist_result=False,
    on_completion=[tell_end],
    on_failure=[tell_end],
)
def intake(folder: Folder = "", author: Author = INBOX_NAME) -> State[None]:
    """Take in every report in the inbox; what was taken in before changes nothing."""
    try:
        settings = Settings()
        store = open_store(settings)
        now = clock_of(None, store.plan().zone)
        note_machine(store, now)
        where = Path(folder) if folder else settings.home / INBOX
        name_run([TITLE, where.name], now, [TITLE])
        taken = steps.empty_inbox(where, author, store, datetime.now(UTC))
    except Refusal as refusal:
        return refused(refusal)
    if not taken:
        return Completed(name=spoken("无新报表", "nothing new"))
    said = [
        f"{one.name}: {one.refusal.in_language(LANG)}"
        if one.refusal
        else f"{one.name}: "
        + spoken(
            f"收下 {one.accepted} 行，退回 {one.rejected} 行", f"{one.accepted} rows taken, {one.rejected} refused"
        )
        for one in taken
    ]
    message = spoken("；", "; ").join(said)
    if any(one.refusal or one.rejected for one in taken):
        return Failed(name=spoken("有退回", "some refused"), message=message)
    return Completed(name=spoken("已收下", "taken in"), message=message)
