"""What commands that act in somebody's name share: who acts as of when, and what is said once a code is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deployments.console import act_moment, answer, iso, now, say
from models.wording import Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store
    from tasks.papers.authority import ActBy
    from tasks.papers.codes import CodeSent


def act_by(store: Store, name: str, as_of: str | None, *, reason: str | None = None, code: str | None = None) -> ActBy:
    """Whoever the options name, with the machine's clock beside the moment that they give."""
    from tasks.papers.authority import ActBy

    return ActBy(name, act_moment(store, as_of), now().astimezone(store.plan().zone), reason, code)


def code_sent(store: Store, sent: CodeSent, about: Mapping[str, Any], as_json: bool, first: Said | None = None) -> int:
    """Say where a code went. about: what it is for, in JSON; first: what to do before the command is given again."""
    if as_json:
        told = {"state": "code-sent", "to": sent.to, "expires": iso(sent.expires), "certain": sent.certain}
        answer({**about, **told})
        return 0
    doubt = Said("", "") if sent.certain else Said("（是否送达不明，收不到请重取）", " (it may not have arrived)")
    before = first or Said("", "")
    said = Said(
        f"验证码已发至{sent.name}的渠道 {sent.to}，{sent.expires:%H:%M} 前有效{doubt.zh}。"
        f"{before.zh}请加上 --code 验证码，再执行一次本命令，其余写法不变",
        f"a code was sent to {sent.name}, {sent.to}, good until {sent.expires:%H:%M}{doubt.en}. {before.en}"
        "Give this command once more in the same words, with --code CODE",
    )
    say(said.in_language(store.settings.lang))
    return 0
