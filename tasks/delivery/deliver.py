"""Delivery: notices from the ledger to their persons, each attempt leased, sent and recorded.

Only rows of the ledger are ever sent, and retries come from it alone.
"""

from __future__ import annotations

from dataclasses import replace

from models.wording import Said
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.delivery.passes import Clock, Delivered, count_unsent, deliver_alone
from tasks.delivery.processes import more_senders
from tasks.delivery.share import Share, count_share, last_step

_CUT_OFF = Said(
    "另一发送进程中断，它手上的通知在占用到期后续发",
    "another sender was cut off; what it held goes out when its leases run out",
)


def deliver(store: Store, settings: Settings, clock: Clock, share: Share | None = None) -> Delivered:
    """Send what is unsent and may go out now, most urgent first, until nothing is left to take up.

    share: which notices are sent, and counted in the answer; None: all. clock: the pass's clock; leases, back-off, throttles and hours all go by it. The pass ends in bounded
    time whatever the providers do. Refusal where the database stays out of reach; what was sent and could
    not be recorded is then sent again when its lease has run out, marked as a possible repeat.
    """
    if share is None or share.is_all:
        return _deliver(store, settings, clock, "")
    since = last_step(store)
    ranges = None if share.is_all else share.ranges(store.units(provinces=store.provinces_with(share.unit)))
    done = _deliver(store, settings, clock, share.condition(ranges))
    own = count_share(store, share, since, clock())
    return replace(done, delivered=own.delivered, failed=own.failed, held=own.held)


def _deliver(store: Store, settings: Settings, clock: Clock, share: str) -> Delivered:
    with more_senders(settings, clock, count_unsent(store, clock(), ready=True, share=share), share) as others:
        own = deliver_alone(store, settings, clock, share)
        answers = [other.result() or Delivered(warnings=(_CUT_OFF,)) for other in others]
    if not others:
        return own
    return Delivered(
        own.delivered + sum(done.delivered for done in answers),
        own.failed + sum(done.failed for done in answers),
        count_unsent(store, clock(), share=share),
        tuple(dict.fromkeys(said for done in (own, *answers) for said in done.warnings)),
    )
