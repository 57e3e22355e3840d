"""What the run form of every flow asks for, in the office's words."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import Field

from models.wording import Lang, Said
from tasks.campaign.settings import Settings

LANG: Lang = Settings().lang


def spoken(zh: str, en: str) -> str:
    """A fixed word of the screen in the language that the office set."""
    return Said(zh, en).in_language(LANG)


def _shown(
    title: str, description: str
) -> dict[str, str | int | float | bool | list[object] | dict[str, object] | None]:
    return {"title": title, "description": description}


UnitCode = Annotated[
    str,
    Field(
        json_schema_extra=_shown(
            spoken("单位", "Unit"),
            spoken("区划代码，如 1301。包括其全部下级单位。", "Division code, such as 1301, with everything below it."),
        )
    ),
]
AnyUnit = Annotated[
    str,
    Field(
        json_schema_extra=_shown(
            spoken("单位", "Unit"),
            spoken("区划代码，如 1301；不填为全部单位。", "Division code, such as 1301; everyone if left empty."),
        )
    ),
]
AsOf = Annotated[
    datetime | None,
    Field(
        json_schema_extra=_shown(
            spoken("截至", "As of"),
            spoken(
                "按这一时刻的数据和期限判定；不填为此刻。",
                "Judged on what was known at this moment; now if left empty.",
            ),
        )
    ),
]
Since = Annotated[
    datetime | None,
    Field(
        json_schema_extra=_shown(
            spoken("起", "Since"),
            spoken(
                "从这一时刻起核查；不填为接着上一次核查。",
                "Audit from this moment; from where the last audit ended if left empty.",
            ),
        )
    ),
]
Rehearse = Annotated[
    bool,
    Field(
        json_schema_extra=_shown(
            spoken("只演练", "Rehearse only"),
            spoken(
                "只判定并显示结果：不发通知，不记台账，不更新看板。",
                "Judge and show the result: nothing is sent, recorded or put on the boards.",
            ),
        )
    ),
]
Apart = Annotated[
    bool,
    Field(
        json_schema_extra=_shown(
            spoken("发送和看板另行办理", "Sending and boards apart"),
            spoken(
                "只判定、立结催办件、列出应发的通知；发送和看板由“发送通知”“发布看板”两个流程办理。pucha deploy 部署的巡查即如此。",
                "Judge, open and close cases, and owe notices only; the flows deliver notices and publish boards do the"
                " rest. So does a watch that pucha deploy deployed.",
            ),
        )
    ),
]
PhaseName = Annotated[
    str,
    Field(
        json_schema_extra=_shown(
            spoken("阶段", "Phase"),
            spoken(
                "方案中阶段的代号或名称，如 publicity 或 普查宣传。",
                "A phase of the plan by its id or title, such as publicity.",
            ),
        )
    ),
]


def machine_clock() -> datetime:
    """The machine's own clock, whatever moment a run is for."""
    return datetime.now(UTC)


def clock_of(as_of: datetime | None, zone: tzinfo) -> datetime:
    """The moment that a run is for: the one asked for, in the plan's zone where it has none; now otherwise."""
    if as_of is None:
        return machine_clock().astimezone(zone)
    return as_of.replace(tzinfo=zone) if as_of.tzinfo is None else as_of.astimezone(zone)
