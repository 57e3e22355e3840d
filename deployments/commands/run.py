"""pucha run: one phase's flow, now."""

from __future__ import annotations

import click

from deployments.console import AS_JSON, AS_OF, SIMULATE, UNIT, act_moment, answer, moment, read_store, say
from deployments.office.catalogue import flow_of
from deployments.office.serving import Stop, run_flow, stoppable
from models.units import NATION


@click.command()
@click.argument("phase")
@UNIT
@AS_OF
@SIMULATE
@click.option("--rehearse", is_flag=True, help="只演练：不发通知，不记台账。 Send and record nothing.")
@AS_JSON
def run(phase: str, unit: str | None, as_of: str | None, simulate: bool, rehearse: bool, as_json: bool) -> int:
    """立即运行一个阶段的流程。 Run a phase's flow now, on the server of `pucha up` or on a temporary one."""
    from deployments.commands.status import as_data
    from tasks.campaign.offices import find_phase, find_unit, top_office
    from tasks.judging.status import read_status

    store = read_store()
    at = moment(store, as_of) if rehearse else act_moment(store, as_of, simulate=simulate)
    wanted = find_phase(store.plan(), phase)
    code = find_unit(store, unit) if unit and unit != NATION else top_office(store) or NATION
    name, parameters = flow_of(wanted)
    given = parameters | {"unit": code, "rehearse": rehearse} | ({"as_of": at.isoformat()} if as_of else {})
    with stoppable():
        try:
            ended = run_flow(store.settings, name, given, quiet=as_json)
        except Stop:
            raise click.Abort from None
    found = read_status(store, code, at, phase=wanted)
    lang = store.settings.lang
    if as_json:
        answer(as_data(found, lang) | {"run": {key: ended[key] for key in ("id", "name", "state", "message", "url")}})
    else:
        say(f"{ended['name']}  {ended['state']}")
        say(ended["message"])
        if ended["url"]:
            say(ended["url"])
    return 1 if ended["type"] == "FAILED" else 0
