"""The steps as the Prefect screen shows them: shown name, retries, time limits, tags; nothing else."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

import tasks.chasing.passes
import tasks.delivery.deliver
import tasks.intake.expected_rows
import tasks.intake.inbox
import tasks.judging.status
import tasks.oversight.auditor
import tasks.oversight.heartbeats
from models.wording import Said
from tasks.campaign.settings import Settings

_LANG = Settings().lang

phase_status = task(
    name=Said("核对进展", "status").in_language(_LANG),
    retries=2,
    retry_delay_seconds=5,
    timeout_seconds=600,
    tags=["judge"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.judging.status.phase_status)

# What was put once is not put again, so that repeating it changes nothing.
expect_rows = task(
    name=Said("补列应报行", "expect rows").in_language(_LANG),
    retries=2,
    retry_delay_seconds=5,
    timeout_seconds=600,
    tags=["judge"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.intake.expected_rows.expect_rows)

# A pass is written in one transaction under natural keys, so that repeating it owes nothing twice.
owe = task(
    name=Said("立结催办件", "owe notices").in_language(_LANG),
    retries=2,
    retry_delay_seconds=10,
    timeout_seconds=900,
    tags=["chase"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.chasing.passes.owe)

# No retries: what was not delivered is taken up again from the ledger, and nowhere else.
deliver = task(
    name=Said("发出通知", "deliver notices").in_language(_LANG),
    timeout_seconds=1800,
    tags=["deliver"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.delivery.deliver.deliver)

note_pass = task(
    name=Said("记下巡查完成", "note the pass").in_language(_LANG),
    retries=2,
    retry_delay_seconds=5,
    timeout_seconds=120,
    tags=["chase"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.oversight.heartbeats.note_pass)

audit_window = task(
    name=Said("确定核查时段", "choose the window").in_language(_LANG),
    retries=2,
    retry_delay_seconds=5,
    timeout_seconds=60,
    tags=["audit"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.oversight.auditor.window)

# It only reads, but for its heartbeat, which comes last: repeating it changes nothing.
audit = task(
    name=Said("核对台账", "audit the ledger").in_language(_LANG),
    retries=1,
    retry_delay_seconds=30,
    timeout_seconds=3000,
    tags=["audit"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.oversight.auditor.audit)

empty_inbox = task(
    name=Said("收取报表", "take in reports").in_language(_LANG),
    timeout_seconds=3600,
    tags=["intake"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(tasks.intake.inbox.empty)
