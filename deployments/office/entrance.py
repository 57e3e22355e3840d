"""The entrance (入口页): /board leads to a board, and a link with a ticket opens the pages of this browser for good.

Prefect's pages keep what was once typed under `prefect-password` in the browser, for their own address and port alone,
and send it with every question. The entrance puts the access string there in exchange for a ticket, so that nobody has
to type it. A cookie would not do: a browser sends it to every port of a machine, whoever listens there.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from models.wording import Lang, Said

_UNPUBLISHED = Said("看板尚未发布", "The board is not published yet")
_WAIT = Said(
    "第一遍巡查完成后自动发布，本页会自动打开它。还没有装载普查方案的，请先执行 pucha load。",
    "The first pass publishes it, and this page opens it by itself. Where no campaign is loaded yet, run pucha load first.",
)
_SHUT = Said("请用链接打开", "Please come by the link")
_HOW = Said(
    "请打开 pucha up 启动时显示的“进度看板”链接，每个链接只能用一次；再要一个，在本机执行 pucha up --link。",
    "Open the board by the link that pucha up printed when it started. Each link is good once; pucha up --link on that"
    " machine gives another.",
)
_NO_SCRIPT = Said("本页需要启用 JavaScript。", "This page needs JavaScript.")

_PAGE = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{title}</title>
<body style="font-family:sans-serif;margin:3em"><noscript>{no_script}</noscript><h1></h1><p></p>
<script>
const said = {said};
const show = name => {{
  document.title = said[name][0];
  document.querySelector("h1").textContent = said[name][0];
  document.querySelector("p").textContent = said[name][1];
}};
const enter = async ticket => {{
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/enter", {{
    method: "POST", headers: {{"Content-Type": "application/json"}}, body: JSON.stringify({{ticket}}),
  }});
  if (answer.ok) localStorage.setItem("prefect-password", (await answer.json()).key);
}};
const lead = async () => {{
  const key = localStorage.getItem("prefect-password");
  const headers = {{Accept: "application/json", ...(key ? {{Authorization: `Basic ${{key}}`}} : {{}})}};
  const answer = await fetch(location.pathname, {{headers}}).catch(() => null);
  if (answer && answer.ok) return location.replace((await answer.json()).address);
  if (answer && answer.status === 401) return show("shut");
  show("unpublished");
  setTimeout(lead, 3000);
}};
(location.hash ? enter(location.hash.slice(1)) : Promise.resolve()).finally(lead);
</script>"""


def entrance_page(lang: Lang) -> str:
    """The page of /board and of every link: takes the ticket behind the # and leads on; says what to do where it cannot."""
    said: dict[str, Any] = {
        "unpublished": [_UNPUBLISHED.in_language(lang), _WAIT.in_language(lang)],
        "shut": [_SHUT.in_language(lang), _HOW.in_language(lang)],
    }
    return _PAGE.format(
        title=escape(Said("普查", "Pucha").in_language(lang)),
        no_script=escape(_NO_SCRIPT.in_language(lang)),
        said=json.dumps(said, ensure_ascii=False),
    )
